// SPDX-License-Identifier: Apache-2.0
// Tells when a display was plugged in or out.
#pragma once

#include <functional>

#include "base/c_handle.h"
#include "base/program.h"

struct udev;
struct udev_monitor;

extern "C" {
struct udev* udev_unref(struct udev*);
struct udev_monitor* udev_monitor_unref(struct udev_monitor*);
}

namespace lucarne::kiosk {

class DisplayMonitor {
 public:
  /// Calls from the loop after each change of the kernel's displays. Without udev: never.
  DisplayMonitor(const base::Context& context, std::function<void()> onChanged);

 private:
  void drain();

  base::CHandle<udev, udev_unref> udev_;
  base::CHandle<udev_monitor, udev_monitor_unref> monitor_;
  std::function<void()> onChanged_;
  base::Watch watch_;
};

}  // namespace lucarne::kiosk
