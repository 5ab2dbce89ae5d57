// SPDX-License-Identifier: Apache-2.0
#include "sensors/kernel_events.h"

#include <libudev.h>

#include <algorithm>

namespace lucarne::sensors {

KernelEvents::KernelEvents(const base::Context& context,
                           const std::vector<std::string>& subsystems,
                           std::function<void(const std::string&)> onEvent)
    : onEvent_(std::move(onEvent)), udev_(udev_new()) {
  if (udev_) {
    listen(context, "kernel", subsystems);
    listen(context, "udev", subsystems);
  }
  if (monitors_.empty()) context.log.warning("no kernel events: devices are polled only");
}

void KernelEvents::listen(const base::Context& context, const char* source,
                          const std::vector<std::string>& subsystems) {
  base::CHandle<udev_monitor, udev_monitor_unref> handle(
      udev_monitor_new_from_netlink(udev_.get(), source));
  if (!handle) return;
  for (const std::string& subsystem : subsystems) {
    udev_monitor_filter_add_match_subsystem_devtype(handle.get(), subsystem.c_str(), nullptr);
  }
  if (udev_monitor_enable_receiving(handle.get()) < 0) return;
  udev_monitor* monitor = handle.get();
  auto watch = context.loop.watchBorrowed(
      udev_monitor_get_fd(monitor), base::Interest::Read, [this, monitor](base::Readiness) {
        // The socket is non-blocking: take all there is, tell each subsystem once.
        std::vector<std::string> told;
        while (udev_device* device = udev_monitor_receive_device(monitor)) {
          const char* subsystem = udev_device_get_subsystem(device);
          const std::string name = subsystem ? subsystem : "";
          udev_device_unref(device);
          if (std::find(told.begin(), told.end(), name) != told.end()) continue;
          told.push_back(name);
        }
        for (const std::string& name : told) onEvent_(name);
      });
  monitors_.push_back({std::move(handle), std::move(watch)});
}

}  // namespace lucarne::sensors
