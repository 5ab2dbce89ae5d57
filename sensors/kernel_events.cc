// SPDX-License-Identifier: Apache-2.0
#include "sensors/kernel_events.h"

#include <libudev.h>

#include <set>
#include <utility>

namespace lucarne::sensors {

KernelEvents::KernelEvents(const base::Context& context,
                           const std::vector<std::string>& subsystems,
                           OnEvent onEvent)
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
        // The socket is non-blocking: take all there is, tell each device once.
        std::set<std::pair<std::string, std::string>> told;
        while (udev_device* device = udev_monitor_receive_device(monitor)) {
          const auto text = [](const char* words) { return std::string(words ? words : ""); };
          const std::pair<std::string, std::string> about(
              text(udev_device_get_subsystem(device)), text(udev_device_get_sysname(device)));
          udev_device_unref(device);
          if (told.insert(about).second) onEvent_(about.first, about.second);
        }
      });
  monitors_.push_back({std::move(handle), std::move(watch)});
}

}  // namespace lucarne::sensors
