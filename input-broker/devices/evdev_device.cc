// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/evdev_device.h"

#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <span>

#include <fmt/format.h>

namespace lucarne::input {

namespace {

template <std::size_t size>
void copyCodes(libevdev* device, unsigned type, std::bitset<size>& out) {
  for (unsigned code = 0; code < size; ++code) {
    out.set(code, libevdev_has_event_code(device, type, code) != 0);
  }
}

Description describe(libevdev* device) {
  Description d;
  const char* name = libevdev_get_name(device);
  d.name = std::string(name ? name : "").substr(0, kMaxNameBytes);
  d.bus = static_cast<std::uint16_t>(libevdev_get_id_bustype(device));
  d.vendor = static_cast<std::uint16_t>(libevdev_get_id_vendor(device));
  d.product = static_cast<std::uint16_t>(libevdev_get_id_product(device));
  d.version = static_cast<std::uint16_t>(libevdev_get_id_version(device));
  for (unsigned property = 0; property < INPUT_PROP_CNT; ++property) {
    d.properties.set(property, libevdev_has_property(device, property) != 0);
  }
  copyCodes(device, EV_KEY, d.keys);
  copyCodes(device, EV_REL, d.relatives);
  copyCodes(device, EV_SW, d.switches);
  copyCodes(device, EV_LED, d.leds);
  copyCodes(device, EV_MSC, d.misc);
  for (unsigned code = 0; code < ABS_CNT; ++code) {
    const input_absinfo* info = libevdev_get_abs_info(device, code);
    if (!info) continue;
    d.axes.push_back({static_cast<std::uint16_t>(code), info->minimum, info->maximum, info->fuzz,
                      info->flat, info->resolution});
  }
  return d;
}

// No device has so much to say at one moment; one that never ends a frame must not fill the memory.
constexpr std::size_t kMaxFrameEvents = 1024;
// Ten fingers that all move are 31 to 51 events; fewer than asked for means that nothing is left.
constexpr std::size_t kReadEvents = 64;

bool hasState(unsigned type) {
  return type == EV_KEY || type == EV_ABS || type == EV_SW || type == EV_LED;
}

base::TimePoint timeOf(const input_event& event) {
  return base::TimePoint(std::chrono::seconds(event.input_event_sec) +
                         std::chrono::microseconds(event.input_event_usec));
}

}  // namespace

void EvdevDevice::Freed::operator()(libevdev* device) const { libevdev_free(device); }

EvdevDevice::~EvdevDevice() = default;

base::Result<std::unique_ptr<EvdevDevice>> EvdevDevice::open(const std::string& node) {
  const auto failed = [&](int error) {
    return base::unexpected(fmt::format("open {}: {}; add the user to group input, or run as root",
                                        node, std::strerror(error)));
  };
  std::unique_ptr<EvdevDevice> device(new EvdevDevice);
  device->fd_ = base::UniqueFd::adopt(::open(node.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device->fd_ && (errno == EACCES || errno == EROFS)) {
    device->fd_ = base::UniqueFd::adopt(::open(node.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  if (!device->fd_) return failed(errno);
  libevdev* raw = nullptr;
  if (const int error = libevdev_new_from_fd(device->fd_.get(), &raw); error < 0) {
    return failed(-error);
  }
  device->device_.reset(raw);
  libevdev_set_clock_id(raw, CLOCK_MONOTONIC);
  device->description_ = describe(raw);
  return device;
}

bool EvdevDevice::grab() { return libevdev_grab(device_.get(), LIBEVDEV_GRAB) == 0; }

std::vector<RawEvent> EvdevDevice::present() const {
  std::vector<RawEvent> out;
  libevdev* device = device_.get();
  const int slots = description_.slots();
  for (int slot = 0; slot < slots; ++slot) {
    if (libevdev_get_slot_value(device, static_cast<unsigned>(slot), ABS_MT_TRACKING_ID) < 0) continue;
    out.push_back({EV_ABS, ABS_MT_SLOT, slot});
    for (const Axis& axis : description_.axes) {
      if (axis.code <= ABS_MT_SLOT || axis.code > ABS_MT_TOOL_Y) continue;
      out.push_back({EV_ABS, axis.code,
                     libevdev_get_slot_value(device, static_cast<unsigned>(slot), axis.code)});
    }
  }
  if (slots > 0) out.push_back({EV_ABS, ABS_MT_SLOT, libevdev_get_current_slot(device)});
  for (const Axis& axis : description_.axes) {
    if (axis.code < ABS_MT_SLOT) {
      out.push_back({EV_ABS, axis.code, libevdev_get_event_value(device, EV_ABS, axis.code)});
    }
  }
  for (unsigned code = 0; code < KEY_CNT; ++code) {
    if (libevdev_get_event_value(device, EV_KEY, code) != 0) {
      out.push_back({EV_KEY, static_cast<std::uint16_t>(code), 1});
    }
  }
  for (unsigned code = 0; code < SW_CNT; ++code) {
    if (libevdev_get_event_value(device, EV_SW, code) != 0) {
      out.push_back({EV_SW, static_cast<std::uint16_t>(code), 1});
    }
  }
  return out;
}

void EvdevDevice::start(base::Loop& loop, Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  watch_ = loop.watch(fd_, base::Interest::Read, [this](base::Readiness) { onReadable(); });
  watch_.stayPolled();
}

void EvdevDevice::onReadable() {
  const int error = readEvents();
  if (error == 0) return callbacks_.onRead();
  watch_.cancel();
  const auto onGone = callbacks_.onGone;  // the call may destroy this device
  onGone(error == ENODEV ? std::string() : fmt::format("read: {}", std::strerror(error)));
}

// Reads until there is nothing more. An errno when the device is gone.
//
// Not through libevdev, which asks the kernel once more after the last event: a quarter of the
// system calls of a mouse that reports a thousand times a second. It is told what was read, since it
// finds out what is different when the kernel has dropped something.
int EvdevDevice::readEvents() {
  std::array<input_event, kReadEvents> events;
  for (;;) {
    const ssize_t got = ::read(fd_.get(), events.data(), sizeof events);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
    if (got == 0) return ENODEV;
    const std::size_t count = static_cast<std::size_t>(got) / sizeof events[0];
    for (const input_event& event : std::span(events).first(count)) {
      if (event.type == EV_SYN && event.code == SYN_DROPPED) return catchUp();
      if (hasState(event.type)) {
        libevdev_set_event_value(device_.get(), event.type, event.code, event.value);
      }
      take(event);
    }
    if (count < events.size()) return 0;
  }
}

// The kernel dropped events. What is left of them is old, too; libevdev throws it away, asks for the
// state and tells the difference, and then what has come since it asked.
int EvdevDevice::catchUp() {
  unsigned flag = LIBEVDEV_READ_FLAG_FORCE_SYNC;
  for (;;) {
    input_event event;
    const int status = libevdev_next_event(device_.get(), flag, &event);
    if (status == LIBEVDEV_READ_STATUS_SYNC && flag != LIBEVDEV_READ_FLAG_SYNC) {
      frame_.events.clear();
      callbacks_.onOverrun();
      flag = LIBEVDEV_READ_FLAG_SYNC;
    } else if (status == -EAGAIN && flag == LIBEVDEV_READ_FLAG_SYNC) {
      flag = LIBEVDEV_READ_FLAG_NORMAL;  // caught up
    } else if (status == -EAGAIN || status == -EINTR) {
      return 0;
    } else if (status < 0) {
      return -status;
    } else {
      take(event);
    }
  }
}

void EvdevDevice::take(const input_event& event) {
  if (event.type != EV_SYN) {
    if (frame_.events.size() < kMaxFrameEvents) {
      frame_.events.push_back({event.type, event.code, event.value});
    }
  } else if (event.code == SYN_REPORT && !frame_.events.empty()) {
    frame_.time = timeOf(event);
    callbacks_.onFrame(frame_);
    frame_.events.clear();
  }
}

void EvdevDevice::setLeds(std::uint16_t leds) {
  for (unsigned led = 0; led < LED_CNT; ++led) {
    if (!description_.leds.test(led)) continue;
    libevdev_kernel_set_led_value(device_.get(), led,
                                  (leds >> led & 1) != 0 ? LIBEVDEV_LED_ON : LIBEVDEV_LED_OFF);
  }
}

}  // namespace lucarne::input
