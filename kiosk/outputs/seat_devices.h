// SPDX-License-Identifier: Apache-2.0
// Mice, keyboards and touch screens of the panel's seat, read directly through libinput where no
// display server does it. Devices come and go; what a device held when it went is lifted.
#pragma once

#include <array>
#include <map>
#include <optional>

#include "base/c_handle.h"
#include "base/program.h"
#include "kiosk/panel_event.h"

struct libinput;
struct libinput_event;
struct libinput_event_pointer;
struct libinput_event_touch;
struct udev;

extern "C" {
struct libinput* libinput_unref(struct libinput*);
struct udev* udev_unref(struct udev*);
}

namespace lucarne::kiosk {

class SeatDevices {
 public:
  /// Finds the devices; events go to `events` from the loop, places in pixels of a panel of this
  /// size. Without udev or rights there are none, and the log says so. Both outlive this.
  SeatDevices(surface::Size panel, PanelEvents& events, const base::Context& context);
  ~SeatDevices();

  void setPanel(surface::Size panel) { panel_ = panel; }

 private:
  void dispatch();
  void translate(libinput_event* event);
  void onMotion(libinput_event_pointer* motion);
  void onPlace(libinput_event_pointer* motion);
  void onButton(libinput_event_pointer* button);
  void onWheel(libinput_event_pointer* wheel);
  void onScroll(libinput_event_pointer* scroll);
  void onTouch(libinput_event_touch* touch, surface::TouchPhase phase);

  surface::Size panel_;
  PanelEvents& events_;
  base::Context context_;
  base::CHandle<udev, udev_unref> udev_;
  base::CHandle<libinput, libinput_unref> libinput_;
  double restX_ = 0;  // of a mouse's way, not yet a whole pixel
  double restY_ = 0;
  double scrollX_ = 0;  // of a touchpad, not yet a whole 1/120 of a notch
  double scrollY_ = 0;
  std::array<std::optional<surface::PanelPoint>, surface::kMaxTouchSlots> fingers_;
  base::Watch watch_;
};

}  // namespace lucarne::kiosk
