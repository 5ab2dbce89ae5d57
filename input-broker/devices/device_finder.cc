// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/device_finder.h"

#include <fcntl.h>
#include <libinput.h>
#include <libudev.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/c_handle.h"

namespace lucarne::input {

namespace {

using UdevHandle = base::CHandle<udev, udev_unref>;
using LibinputHandle = base::CHandle<libinput, libinput_unref>;
using EventHandle = base::CHandle<libinput_event, libinput_event_destroy>;

int openRestricted(const char* path, int flags, void*) {
  const int fd = ::open(path, flags | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}
void closeRestricted(int fd, void*) { ::close(fd); }

constexpr libinput_interface kInterface = {openRestricted, closeRestricted};

std::string nodeOf(libinput_device* device) {
  return std::string("/dev/input/") + libinput_device_get_sysname(device);
}

bool isTouchpad(libinput_device* device) {
  return libinput_device_config_tap_get_finger_count(device) > 0 &&
         libinput_device_has_capability(device, LIBINPUT_DEVICE_CAP_POINTER) != 0;
}

base::TimePoint timeOf(std::uint64_t us) { return base::TimePoint(std::chrono::microseconds(us)); }

}  // namespace

struct DeviceFinder::Seat {
  std::string name;
  UdevHandle udev;
  LibinputHandle handle;
  base::Watch watch;
  double restX = 0;  // of a touchpad's movement, less than a count
  double restY = 0;
  double restWheelX = 0;
  double restWheelY = 0;
};

DeviceFinder::DeviceFinder(const base::Context& context, const std::vector<std::string>& seats,
                           Callbacks callbacks)
    : context_(context), log_(context.log.named("devices")), callbacks_(std::move(callbacks)) {
  for (const std::string& name : seats) {
    auto seat = std::make_unique<Seat>();
    seat->name = name;
    seat->udev.reset(udev_new());
    if (seat->udev) {
      seat->handle.reset(libinput_udev_create_context(&kInterface, nullptr, seat->udev.get()));
    }
    if (!seat->handle) throw base::SetupError("libinput: cannot talk to udev; is it running?");
    seats_.push_back(std::move(seat));
  }
}

DeviceFinder::~DeviceFinder() = default;

void DeviceFinder::start() {
  for (const auto& seat : seats_) {
    libinput* handle = seat->handle.get();
    if (libinput_udev_assign_seat(handle, seat->name.c_str()) != 0) {
      throw base::SetupError(fmt::format("seat {}: libinput refused it", seat->name));
    }
    seat->watch =
        context_.loop.watchBorrowed(libinput_get_fd(handle), base::Interest::Read,
                                    [this, s = seat.get()](base::Readiness) { dispatch(*s); });
    dispatch(*seat);
  }
}

void DeviceFinder::dispatch(Seat& seat) {
  if (const int error = libinput_dispatch(seat.handle.get()); error != 0) {
    log_.error("seat {}: {}", seat.name, std::strerror(-error));
  }
  while (const EventHandle event{libinput_get_event(seat.handle.get())}) {
    onEvent(seat, event.get());
  }
}

void DeviceFinder::onEvent(Seat& seat, libinput_event* event) {
  libinput_device* device = libinput_event_get_device(event);
  switch (libinput_event_get_type(event)) {
    case LIBINPUT_EVENT_DEVICE_ADDED:
      return onAdded(seat, device);
    case LIBINPUT_EVENT_DEVICE_REMOVED:
      return callbacks_.onGone(nodeOf(device));
    default:
      if (isTouchpad(device)) onTouchpad(event, device);
  }
}

void DeviceFinder::onAdded(Seat& seat, libinput_device* device) {
  FoundDevice found;
  found.node = nodeOf(device);
  found.name = libinput_device_get_name(device);
  found.seat = seat.name;
  found.touchpad = isTouchpad(device);
  float matrix[6];
  if (libinput_device_config_calibration_has_matrix(device) != 0 &&
      libinput_device_config_calibration_get_default_matrix(device, matrix) != 0) {
    std::copy(std::begin(matrix), std::end(matrix), found.calibration.matrix.begin());
  }
  if (!found.touchpad) {
    libinput_device_config_send_events_set_mode(device, LIBINPUT_CONFIG_SEND_EVENTS_DISABLED);
  } else {
    libinput_device_config_tap_set_enabled(device, LIBINPUT_CONFIG_TAP_ENABLED);
  }
  callbacks_.onFound(found);
}

// ---- touchpads ------------------------------------------------------------------------------------

namespace {

/// The whole counts of a sum that fractions are added to.
std::int32_t whole(double& rest, double more) {
  rest += more;
  const double counts = std::trunc(rest);
  rest -= counts;
  return static_cast<std::int32_t>(counts);
}

}  // namespace

void DeviceFinder::onTouchpad(libinput_event* event, libinput_device* device) {
  libinput_event_pointer* pointer = nullptr;
  const auto type = libinput_event_get_type(event);
  if (type == LIBINPUT_EVENT_POINTER_MOTION || type == LIBINPUT_EVENT_POINTER_BUTTON ||
      type == LIBINPUT_EVENT_POINTER_SCROLL_FINGER) {
    pointer = libinput_event_get_pointer_event(event);
  }
  if (!pointer) return;
  Seat& seat = **std::find_if(seats_.begin(), seats_.end(), [&](const auto& s) {
    return s->handle.get() == libinput_event_get_context(event);
  });
  RawFrame frame;
  frame.time = timeOf(libinput_event_pointer_get_time_usec(pointer));
  const auto add = [&](std::uint16_t kind, std::uint16_t code, std::int32_t value) {
    if (value != 0 || kind == EV_KEY) frame.events.push_back({kind, code, value});
  };
  if (type == LIBINPUT_EVENT_POINTER_MOTION) {
    add(EV_REL, REL_X, whole(seat.restX, libinput_event_pointer_get_dx(pointer)));
    add(EV_REL, REL_Y, whole(seat.restY, libinput_event_pointer_get_dy(pointer)));
  } else if (type == LIBINPUT_EVENT_POINTER_BUTTON) {
    add(EV_KEY, static_cast<std::uint16_t>(libinput_event_pointer_get_button(pointer)),
        libinput_event_pointer_get_button_state(pointer) == LIBINPUT_BUTTON_STATE_PRESSED ? 1 : 0);
  } else {
    // libinput: 10 units are about a third of a wheel's turn of 15 degrees, by convention 15 a notch.
    constexpr double kCountsPerUnit = 120.0 / 15.0;
    const auto scroll = [&](libinput_pointer_axis axis, std::uint16_t code, double& rest, int sign) {
      if (libinput_event_pointer_has_axis(pointer, axis) == 0) return;
      const double units = libinput_event_pointer_get_scroll_value(pointer, axis);
      add(EV_REL, code, whole(rest, sign * units * kCountsPerUnit));
    };
    scroll(LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL, REL_WHEEL_HI_RES, seat.restWheelY, -1);
    scroll(LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL, REL_HWHEEL_HI_RES, seat.restWheelX, 1);
  }
  if (!frame.events.empty()) callbacks_.onTouchpad(nodeOf(device), frame);
}

Description touchpadAsMouse(const std::string& name, std::uint16_t vendor, std::uint16_t product) {
  Description d;
  d.name = name.substr(0, kMaxNameBytes);
  d.bus = BUS_VIRTUAL;
  d.vendor = vendor;
  d.product = product;
  d.properties.set(INPUT_PROP_POINTER);
  for (const int button : {BTN_LEFT, BTN_RIGHT, BTN_MIDDLE}) {
    d.keys.set(static_cast<std::size_t>(button));
  }
  for (const int axis :
       {REL_X, REL_Y, REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES}) {
    d.relatives.set(static_cast<std::size_t>(axis));
  }
  return d;
}

}  // namespace lucarne::input
