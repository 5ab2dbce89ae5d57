// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/drm/display_monitor.h"

#include <libudev.h>

#include <utility>

namespace lucarne::kiosk {

DisplayMonitor::DisplayMonitor(const base::Context& context, std::function<void()> onChanged)
    : udev_(udev_new()), onChanged_(std::move(onChanged)) {
  if (udev_) monitor_.reset(udev_monitor_new_from_netlink(udev_.get(), "udev"));
  if (!monitor_ ||
      udev_monitor_filter_add_match_subsystem_devtype(monitor_.get(), "drm", nullptr) != 0 ||
      udev_monitor_enable_receiving(monitor_.get()) != 0) {
    context.log.warning("udev does not answer: a display that is plugged in later is not noticed");
    return;
  }
  watch_ = context.loop.watchBorrowed(udev_monitor_get_fd(monitor_.get()), base::Interest::Read,
                                      [this](base::Readiness) { drain(); });
}

void DisplayMonitor::drain() {
  bool changed = false;
  while (udev_device* device = udev_monitor_receive_device(monitor_.get())) {
    udev_device_unref(device);
    changed = true;
  }
  if (changed) onChanged_();
}

}  // namespace lucarne::kiosk
