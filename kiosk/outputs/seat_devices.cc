// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/seat_devices.h"

#include <fcntl.h>
#include <libinput.h>
#include <libudev.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

namespace lucarne::kiosk {

using surface::PanelPoint;
using surface::TouchPhase;
using surface::Transition;

namespace {

constexpr const char* kUsualSeat = "seat0";
constexpr double kWheelNotch = 120;    // surface::Wheel's unit
constexpr double kNotchDegrees = 15;   // libinput's scroll unit: what a usual wheel turns in a notch

constexpr libinput_interface kFiles = {
    .open_restricted = [](const char* path, int flags, void*) {
      const int fd = ::open(path, flags | O_CLOEXEC);
      return fd < 0 ? -errno : fd;
    },
    .close_restricted = [](int fd, void*) { ::close(fd); },
};

const char* seatName() {
  const char* seat = std::getenv("XDG_SEAT");
  return seat && *seat ? seat : kUsualSeat;
}

int within(double at, int side) { return std::clamp(static_cast<int>(at), 0, side - 1); }

int takeWhole(double& rest) {
  const double whole = std::trunc(rest);
  rest -= whole;
  return static_cast<int>(whole);
}

void configure(libinput_device* device) {
  if (libinput_device_config_tap_get_finger_count(device) > 0) {
    libinput_device_config_tap_set_enabled(device, LIBINPUT_CONFIG_TAP_ENABLED);
  }
}

}  // namespace

SeatDevices::SeatDevices(surface::Size panel, PanelEvents& events, const base::Context& context)
    : panel_(panel), events_(events), context_(context) {
  udev_.reset(udev_new());
  if (udev_) libinput_.reset(libinput_udev_create_context(&kFiles, nullptr, udev_.get()));
  if (!libinput_ || libinput_udev_assign_seat(libinput_.get(), seatName()) != 0) {
    context_.log.warning("no input devices: udev does not answer for {}", seatName());
    libinput_.reset();
    return;
  }
  watch_ = context_.loop.watchBorrowed(libinput_get_fd(libinput_.get()), base::Interest::Read,
                                       [this](base::Readiness) { dispatch(); });
  dispatch();
}

SeatDevices::~SeatDevices() = default;

void SeatDevices::dispatch() {
  libinput_dispatch(libinput_.get());
  while (libinput_event* event = libinput_get_event(libinput_.get())) {
    translate(event);
    libinput_event_destroy(event);
  }
  events_.onPanelInputEnd();
}

void SeatDevices::translate(libinput_event* event) {
  switch (libinput_event_get_type(event)) {
    case LIBINPUT_EVENT_DEVICE_ADDED: {
      libinput_device* device = libinput_event_get_device(event);
      configure(device);
      context_.log.debug("input device: {}", libinput_device_get_name(device));
      break;
    }
    case LIBINPUT_EVENT_KEYBOARD_KEY: {
      libinput_event_keyboard* key = libinput_event_get_keyboard_event(event);
      const bool pressed = libinput_event_keyboard_get_key_state(key) == LIBINPUT_KEY_STATE_PRESSED;
      events_.onPanelInput(
          surface::Key{static_cast<std::uint16_t>(libinput_event_keyboard_get_key(key)),
                       pressed ? Transition::Pressed : Transition::Released});
      break;
    }
    case LIBINPUT_EVENT_POINTER_MOTION:
      onMotion(libinput_event_get_pointer_event(event));
      break;
    case LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE:
      onPlace(libinput_event_get_pointer_event(event));
      break;
    case LIBINPUT_EVENT_POINTER_BUTTON:
      onButton(libinput_event_get_pointer_event(event));
      break;
    case LIBINPUT_EVENT_POINTER_SCROLL_WHEEL:
      onWheel(libinput_event_get_pointer_event(event));
      break;
    case LIBINPUT_EVENT_POINTER_SCROLL_FINGER:
    case LIBINPUT_EVENT_POINTER_SCROLL_CONTINUOUS:
      onScroll(libinput_event_get_pointer_event(event));
      break;
    case LIBINPUT_EVENT_TOUCH_DOWN:
      onTouch(libinput_event_get_touch_event(event), TouchPhase::Down);
      break;
    case LIBINPUT_EVENT_TOUCH_MOTION:
      onTouch(libinput_event_get_touch_event(event), TouchPhase::Moved);
      break;
    case LIBINPUT_EVENT_TOUCH_UP:
      onTouch(libinput_event_get_touch_event(event), TouchPhase::Up);
      break;
    case LIBINPUT_EVENT_TOUCH_CANCEL:
      onTouch(libinput_event_get_touch_event(event), TouchPhase::Cancelled);
      break;
    default:
      break;
  }
}

void SeatDevices::onMotion(libinput_event_pointer* motion) {
  restX_ += libinput_event_pointer_get_dx(motion);
  restY_ += libinput_event_pointer_get_dy(motion);
  const int dx = takeWhole(restX_);
  const int dy = takeWhole(restY_);
  if (dx != 0 || dy != 0) events_.onPanelNudge(dx, dy);
}

void SeatDevices::onPlace(libinput_event_pointer* motion) {
  events_.onPanelInput(PanelPointerMoved{
      {within(libinput_event_pointer_get_absolute_x_transformed(
                  motion, static_cast<std::uint32_t>(panel_.width)),
              panel_.width),
       within(libinput_event_pointer_get_absolute_y_transformed(
                  motion, static_cast<std::uint32_t>(panel_.height)),
              panel_.height)}});
}

void SeatDevices::onButton(libinput_event_pointer* button) {
  const bool pressed =
      libinput_event_pointer_get_button_state(button) == LIBINPUT_BUTTON_STATE_PRESSED;
  events_.onPanelInput(surface::PointerButton{
      static_cast<std::uint16_t>(libinput_event_pointer_get_button(button)),
      pressed ? Transition::Pressed : Transition::Released});
}

void SeatDevices::onWheel(libinput_event_pointer* wheel) {
  const auto turned = [wheel](libinput_pointer_axis axis) {
    return libinput_event_pointer_has_axis(wheel, axis)
               ? static_cast<int>(std::lround(libinput_event_pointer_get_scroll_value_v120(wheel, axis)))
               : 0;
  };
  const surface::Wheel steps{turned(LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL),
                             turned(LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL)};
  if (steps.dx120 != 0 || steps.dy120 != 0) events_.onPanelInput(steps);
}

void SeatDevices::onScroll(libinput_event_pointer* scroll) {
  const auto moved = [scroll](libinput_pointer_axis axis) {
    return libinput_event_pointer_has_axis(scroll, axis)
               ? libinput_event_pointer_get_scroll_value(scroll, axis) * kWheelNotch / kNotchDegrees
               : 0.0;
  };
  scrollX_ += moved(LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL);
  scrollY_ += moved(LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL);
  const surface::Wheel steps{takeWhole(scrollX_), takeWhole(scrollY_)};
  if (steps.dx120 != 0 || steps.dy120 != 0) events_.onPanelInput(steps);
}

void SeatDevices::onTouch(libinput_event_touch* touch, TouchPhase phase) {
  const std::int32_t slot = libinput_event_touch_get_seat_slot(touch);
  if (slot < 0 || slot >= surface::kMaxTouchSlots) return;  // more than a guest can be told of
  std::optional<PanelPoint>& finger = fingers_[static_cast<std::size_t>(slot)];
  if (phase != TouchPhase::Down && !finger) return;
  if (phase == TouchPhase::Down || phase == TouchPhase::Moved) {
    finger = PanelPoint{
        within(libinput_event_touch_get_x_transformed(touch, static_cast<std::uint32_t>(panel_.width)),
               panel_.width),
        within(libinput_event_touch_get_y_transformed(touch, static_cast<std::uint32_t>(panel_.height)),
               panel_.height)};
  }
  events_.onPanelInput(PanelTouch{static_cast<std::uint8_t>(slot), phase, *finger});
  if (phase == TouchPhase::Up || phase == TouchPhase::Cancelled) finger.reset();
}

}  // namespace lucarne::kiosk
