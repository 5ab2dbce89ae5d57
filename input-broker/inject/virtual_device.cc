// SPDX-License-Identifier: Apache-2.0
#include "input-broker/inject/virtual_device.h"

#include <algorithm>
#include <utility>

namespace lucarne::input {

namespace {

/// No hand moves a mouse further between two frames.
constexpr std::int32_t kMostCounts = 32767;

bool isPointerCode(std::size_t code) { return code >= BTN_MISC && code < BTN_JOYSTICK; }
bool isTouchCode(std::size_t code) {
  return code == BTN_TOUCH || code == BTN_TOOL_FINGER ||
         (code >= BTN_TOOL_QUINTTAP && code <= BTN_TOOL_QUINTTAP) ||
         (code >= BTN_TOOL_DOUBLETAP && code <= BTN_TOOL_QUADTAP);
}
bool isToolCode(std::size_t code) { return code >= BTN_DIGI && code < BTN_WHEEL; }
bool isKeyCode(std::size_t code) { return code < BTN_MISC || code >= KEY_OK; }
bool isLetter(std::size_t code) { return code >= KEY_ESC && code <= KEY_MICMUTE; }

}  // namespace

Description allowedPart(const Description& untrusted, Kinds allowed) {
  const Kinds kinds = kindsOf(untrusted);
  Description d;
  d.name = untrusted.name;
  // What is printed to terminals and logs elsewhere; udev's rules match on names.
  std::replace_if(d.name.begin(), d.name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  d.bus = untrusted.bus;
  d.vendor = untrusted.vendor;
  d.product = untrusted.product;
  d.version = untrusted.version;
  const auto may = [&](Kind kind) { return kinds.has(kind) && allowed.has(kind); };
  const bool touch = may(Kind::Touchscreen) || may(Kind::Touchpad);
  const bool pen = may(Kind::Tablet);
  const bool absolutePointer = may(Kind::Pointer) && !kinds.has(Kind::Touchscreen) &&
                               !kinds.has(Kind::Touchpad) && !kinds.has(Kind::Tablet);
  const bool keys = may(Kind::Keyboard) || may(Kind::Buttons);
  for (std::size_t code = 0; code < KEY_CNT; ++code) {
    if (!untrusted.keys.test(code)) continue;
    const bool mouse = may(Kind::Pointer) && isPointerCode(code) && !isToolCode(code);
    const bool finger = touch && (isTouchCode(code) || (kinds.has(Kind::Touchpad) && isPointerCode(code)));
    const bool tool = pen && isToolCode(code);
    const bool key = keys && isKeyCode(code) && (may(Kind::Keyboard) || !isLetter(code) || may(Kind::Buttons));
    d.keys.set(code, mouse || finger || tool || key);
  }
  if (may(Kind::Pointer)) d.relatives = untrusted.relatives;
  if (may(Kind::Switch)) d.switches = untrusted.switches;
  if (may(Kind::Keyboard)) d.leds = untrusted.leds;
  d.misc = untrusted.misc & std::bitset<MSC_CNT>(1U << MSC_SCAN | 1U << MSC_TIMESTAMP);
  if (touch || pen || absolutePointer) {
    d.axes = untrusted.axes;
    d.properties = untrusted.properties;
    for (Axis& axis : d.axes) {
      if (axis.code == ABS_MT_SLOT) axis.maximum = std::min(axis.maximum, kMaxSlots - 1);
    }
  } else if (may(Kind::Pointer)) {
    d.properties = untrusted.properties;
  }
  return d;
}

base::Result<std::unique_ptr<VirtualDevice>> VirtualDevice::create(
    const Description& description, const MakeSink& make,
    std::function<void(std::uint16_t lights)> onLeds) {
  std::unique_ptr<VirtualDevice> device(new VirtualDevice(description));
  auto sink = make(description, {[d = device.get()] { d->onOpened(); }, std::move(onLeds)});
  if (!sink) return base::Unexpected<base::Error>{sink.error()};
  device->sink_ = std::move(*sink);
  device->goes_ = device->sink_->open();
  return device;
}

bool VirtualDevice::rebuild(const RawEvent& untrusted, RawEvent& event) const {
  event = {untrusted.type, untrusted.code, 0};
  switch (untrusted.type) {
    case EV_KEY:
      if (untrusted.code >= KEY_CNT || !description_.keys.test(untrusted.code)) return false;
      event.value = std::clamp(untrusted.value, 0, 2);
      return true;
    case EV_REL:
      if (untrusted.code >= REL_CNT || !description_.relatives.test(untrusted.code)) return false;
      event.value = std::clamp(untrusted.value, -kMostCounts, kMostCounts);
      return true;
    case EV_ABS: {
      const Axis* axis = description_.axis(untrusted.code);
      if (!axis) return false;
      if (untrusted.code == ABS_MT_SLOT && untrusted.value > axis->maximum) return false;
      const std::int32_t least = untrusted.code == ABS_MT_TRACKING_ID ? -1 : axis->minimum;
      event.value = std::clamp(untrusted.value, least, axis->maximum);
      return true;
    }
    case EV_SW:
      if (untrusted.code >= SW_CNT || !description_.switches.test(untrusted.code)) return false;
      event.value = untrusted.value != 0;
      return true;
    case EV_MSC:
      if (untrusted.code >= MSC_CNT || !description_.misc.test(untrusted.code)) return false;
      event.value = untrusted.value;
      return true;
    default:
      return false;
  }
}

void VirtualDevice::take(const std::vector<RawEvent>& untrusted) {
  std::vector<RawEvent> events;
  events.reserve(untrusted.size());
  bool strangeSlot = false;  // events after a slot that we do not have are about no finger of ours
  for (const RawEvent& raw : untrusted) {
    RawEvent event;
    if (raw.type == EV_ABS && raw.code == ABS_MT_SLOT) {
      strangeSlot = raw.value < 0 || raw.value >= description_.slots();
    }
    const bool ofStranger = strangeSlot && raw.type == EV_ABS && raw.code >= ABS_MT_SLOT;
    if (!ofStranger && rebuild(raw, event)) {
      events.push_back(event);
    } else {
      ++dropped_;
    }
  }
  if (events.empty()) return;
  wanted_.note(events);
  if (paused_) return;
  if (goes_) return emit(events);
  if (waiting_.size() >= kMostWaiting) {
    waiting_.clear();
    behind_ = true;
  }
  if (!behind_) waiting_.push_back(std::move(events));
}

void VirtualDevice::emit(const std::vector<RawEvent>& events) {
  emitted_.note(events);
  sink_->emit(events);
}

void VirtualDevice::onOpened() {
  if (std::exchange(goes_, true) || paused_) return;
  for (const auto& events : std::exchange(waiting_, {})) emit(events);
  behind_ = false;
  for (const auto& events : emitted_.eventsTo(wanted_)) emit(events);
}

void VirtualDevice::pause() {
  if (std::exchange(paused_, true) || !goes_) return;
  if (const auto lifting = emitted_.lifting(); !lifting.empty()) emit(lifting);
}

void VirtualDevice::resume() {
  if (!std::exchange(paused_, false) || !goes_) return;
  for (const auto& events : emitted_.eventsTo(wanted_)) emit(events);
}

void VirtualDevice::stopWaiting() { onOpened(); }

void VirtualDevice::lift() {
  const std::vector<RawEvent> lifting = wanted_.lifting();
  wanted_.note(lifting);
  if (!goes_) {
    waiting_.clear();
    behind_ = true;
    return;
  }
  for (const auto& events : emitted_.eventsTo(wanted_)) emit(events);
}

}  // namespace lucarne::input
