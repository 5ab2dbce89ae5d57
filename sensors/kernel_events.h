// SPDX-License-Identifier: Apache-2.0
// The kernel's events about devices: plugged, unplugged, changed.
//
// Two monitors of libudev: the kernel's own messages, which are there at once and without udevd
// (Alpine's mdev), and udevd's, for containers and tests into which only those get. The same event
// may therefore be told twice.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/c_handle.h"
#include "base/program.h"

struct udev;
struct udev_monitor;
extern "C" {
struct udev* udev_unref(struct udev*);
struct udev_monitor* udev_monitor_unref(struct udev_monitor*);
}

namespace lucarne::sensors {

class KernelEvents {
 public:
  using OnEvent = std::function<void(const std::string& subsystem, const std::string& device)>;

  /// `onEvent` gets the subsystem and the device's name ("AC0"). Without a way to listen (no netlink) it says so in the log; then
  /// polling has to do.
  KernelEvents(const base::Context& context, const std::vector<std::string>& subsystems,
               OnEvent onEvent);

 private:
  struct Monitor {
    base::CHandle<udev_monitor, udev_monitor_unref> handle;
    base::Watch watch;
  };
  void listen(const base::Context& context, const char* source,
              const std::vector<std::string>& subsystems);

  OnEvent onEvent_;
  base::CHandle<udev, udev_unref> udev_;
  std::vector<Monitor> monitors_;  // their watches refer to the handles, not to this vector
};

}  // namespace lucarne::sensors
