// SPDX-License-Identifier: Apache-2.0
#include "input-broker/print_outlet.h"

#include <fmt/format.h>

namespace lucarne::input {

namespace {

const char* downOrUp(Transition t) { return t == Transition::Pressed ? "down" : "up"; }

struct Words {
  const SeatState& state;
  const Config& config;
  ShowKeys keys;

  std::string operator()(const PointerMoved& e) const {
    return fmt::format("moves {:+} {:+}, pointer at {},{}", e.dx, e.dy, state.pointer().x,
                       state.pointer().y);
  }
  std::string operator()(const PointerPlaced&) const {
    return fmt::format("pointer at {},{}", state.pointer().x, state.pointer().y);
  }
  std::string operator()(const ButtonChanged& e) const {
    return fmt::format("{} {}", nameOfKey(e.code), downOrUp(e.transition));
  }
  std::string operator()(const WheelTurned& e) const {
    return fmt::format("wheel {:+} {:+} (120 is a notch)", e.dx120, e.dy120);
  }
  std::string operator()(const KeyChanged& e) const {
    const ButtonRule* button = config.button(e.code);
    if (button) {
      return fmt::format("button {} ({}) {}", button->name, nameOfKey(e.code), downOrUp(e.transition));
    }
    return fmt::format("{} {}", keys == ShowKeys::Yes ? nameOfKey(e.code) : "a key",
                       downOrUp(e.transition));
  }
  std::string operator()(const TouchChanged& e) const {
    const surface::GuestPoint at = state.toGuest(e.at);
    switch (e.phase) {
      case surface::TouchPhase::Down:
        return fmt::format("finger {} down at {},{}", e.slot, at.x, at.y);
      case surface::TouchPhase::Moved:
        return fmt::format("finger {} at {},{}", e.slot, at.x, at.y);
      case surface::TouchPhase::Up:
        return fmt::format("finger {} up", e.slot);
      case surface::TouchPhase::Cancelled:
        return fmt::format("finger {} cancelled", e.slot);
    }
    return {};
  }
  std::string operator()(const PenChanged& e) const {
    const surface::GuestPoint at = state.toGuest(e.at);
    if (!e.near) return "pen away";
    return fmt::format("{} {} at {},{} pressure {} tilt {},{} buttons {}",
                       e.eraser ? "eraser" : "pen", e.down ? "down" : "near", at.x, at.y,
                       e.pressure, e.tiltX, e.tiltY, e.buttons);
  }
  std::string operator()(const SwitchChanged& e) const {
    return fmt::format("{} {}", nameOfSwitch(e.code), e.on ? "on" : "off");
  }
};

}  // namespace

void PrintOutlet::onAdded(const Device& device) {
  fmt::print(out_, "[{}] plugged: {}\n", device.description.name, wordsFor(device.kinds));
  std::fflush(out_);
}

void PrintOutlet::onRemoved(const Device& device) {
  fmt::print(out_, "[{}] unplugged\n", device.description.name);
  std::fflush(out_);
}

void PrintOutlet::onEvent(const Device& device, const Event& event, base::TimePoint) {
  fmt::print(out_, "[{}] {}\n", device.description.name,
             std::visit(Words{broker_.seat(device.seat), broker_.config(), keys_}, event));
  std::fflush(out_);
}

void PrintOutlet::onAction(ActionKind action) {
  fmt::print(out_, "a button asks the kiosk {}\n",
             action == ActionKind::Rotate       ? "to turn the picture"
             : action == ActionKind::Screenshot ? "for a screenshot"
                                                : "for another guest");
  std::fflush(out_);
}

std::string lineFor(const Device& device) {
  std::string extra;
  const auto add = [&](const std::string& words) { extra += (extra.empty() ? "" : "; ") + words; };
  const Description& d = device.description;
  if (d.slots() > 0) add(fmt::format("{} fingers", d.slots()));
  const std::uint16_t code = d.slots() > 0 ? ABS_MT_POSITION_X : ABS_X;
  if (const Axis* x = d.axis(code)) {
    const Axis* y = d.axis(static_cast<std::uint16_t>(code + 1));
    if (y) add(fmt::format("{} x {}", x->maximum - x->minimum + 1, y->maximum - y->minimum + 1));
  }
  if (d.relatives.test(REL_WHEEL_HI_RES)) add("fine wheel");
  return fmt::format("{:<3} {:<20} {:<8} {:<24} {}{}", device.id, device.node, device.seat,
                     wordsFor(device.kinds), d.name, extra.empty() ? "" : " (" + extra + ")");
}

}  // namespace lucarne::input
