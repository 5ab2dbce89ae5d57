// SPDX-License-Identifier: Apache-2.0
#include "input-broker/seat_state.h"

#include <algorithm>
#include <utility>

namespace lucarne::input {

SeatState::SeatState(surface::Size panel, surface::Rotation rotation)
    : placement_(panel, surface::turned(panel, rotation), rotation, surface::ScaleMode::Fit),
      pointer_{screen().width / 2, screen().height / 2} {}

void SeatState::turn(surface::Size panel, surface::Rotation rotation) {
  // What a place was on the panel it still is: only its numbers in the picture change.
  const surface::Placement before = std::exchange(
      placement_, surface::Placement(panel, surface::turned(panel, rotation), rotation,
                                     surface::ScaleMode::Fit));
  pointer_ = toGuest(before.toPanel(pointer_));
  for (Finger& finger : fingers_) finger.at = toGuest(before.toPanel(finger.at));
}

int SeatState::note(const Device& device, const Event& event) {
  if (const auto* touch = std::get_if<TouchChanged>(&event)) return onTouch(device, *touch);
  std::visit(
      [&](const auto& e) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(e)>, TouchChanged>) on(device, e);
      },
      event);
  return -1;
}

// A mouse moves as the hand does, whichever way the panel hangs: its counts are the guest's.
void SeatState::on(const Device&, const PointerMoved& e) {
  pointer_.x = std::clamp(pointer_.x + e.dx, 0, std::max(0, screen().width - 1));
  pointer_.y = std::clamp(pointer_.y + e.dy, 0, std::max(0, screen().height - 1));
}

void SeatState::on(const Device&, const PointerPlaced& e) { pointer_ = toGuest(e.at); }

void SeatState::on(const Device&, const ButtonChanged& e) {
  if (e.code < KEY_CNT) pointerButtons_.set(e.code, e.transition == Transition::Pressed);
}

void SeatState::on(const Device&, const WheelTurned& e) {
  wheelX_ += e.dx120;
  wheelY_ += e.dy120;
}

void SeatState::on(const Device&, const KeyChanged& e) {
  Button& button = keys_[e.code];
  button.held = e.transition == Transition::Pressed;
  button.presses += button.held;
}

void SeatState::on(const Device&, const PenChanged& e) { pen_ = e; }

void SeatState::on(const Device&, const SwitchChanged& e) { switches_[e.code] = e.on; }

int SeatState::onTouch(const Device& device, const TouchChanged& e) {
  const auto mine = [&](const Finger& f) { return f.device == device.id && f.deviceSlot == e.slot; };
  auto found = std::find_if(fingers_.begin(), fingers_.end(), mine);
  if (found == fingers_.end() && e.phase == surface::TouchPhase::Down) {
    // The device's own slot if it is free: with one panel the numbers are the panel's.
    found = fingers_.begin() + std::min<std::ptrdiff_t>(e.slot, surface::kMaxTouchSlots - 1);
    if (found->device >= 0) {
      found = std::find_if(fingers_.begin(), fingers_.end(),
                           [](const Finger& f) { return f.device < 0; });
    }
  }
  if (found == fingers_.end()) return -1;
  const bool up =
      e.phase == surface::TouchPhase::Up || e.phase == surface::TouchPhase::Cancelled;
  *found = Finger{up ? -1 : device.id, e.slot, toGuest(e.at)};
  return static_cast<int>(found - fingers_.begin());
}

}  // namespace lucarne::input
