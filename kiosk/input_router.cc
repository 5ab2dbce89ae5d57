// SPDX-License-Identifier: Apache-2.0
#include "kiosk/input_router.h"

#include <linux/input-event-codes.h>

namespace lucarne::kiosk {

using surface::Transition;

void InputRouter::input(const PanelInput& input) {
  std::visit([this](const auto& event) { on(event); }, input);
}

void InputRouter::flush() {
  if (!motionHeldBack_) return;
  motionHeldBack_ = false;
  if (hasGuest()) target_.onGuestInput(surface::PointerMoved{placement_.toGuest(*pointer_).at});
}

std::size_t InputRouter::liftAll() {
  flush();
  const std::vector<surface::InputEvent> lifts = held_.liftAll();
  for (const surface::InputEvent& event : lifts) target_.onGuestInput(event);
  atGuest_.reset();
  touchAtGuest_.reset();
  return lifts.size();
}

// Everything but motion: in order after the motion before it.
void InputRouter::tell(const surface::InputEvent& event) {
  flush();
  held_.note(event);
  target_.onGuestInput(event);
}

void InputRouter::on(const PanelPointerMoved& moved) {
  pointer_ = moved.at;
  motionHeldBack_ = true;
}

bool InputRouter::pointerIsOnPicture() const {
  return pointer_ && hasGuest() && placement_.toGuest(*pointer_).inside;
}

void InputRouter::on(const surface::PointerButton& button) {
  const bool pressed = button.transition == Transition::Pressed;
  if (pressed ? !pointerIsOnPicture() : !atGuest_[button.code]) return;
  tell(button);
  atGuest_[button.code] = pressed;
}

void InputRouter::on(const surface::Wheel& wheel) {
  if (pointerIsOnPicture()) tell(wheel);
}

void InputRouter::on(const surface::Key& key) {
  const bool pressed = key.transition == Transition::Pressed;
  const bool wasDown = down_[key.code];
  down_[key.code] = pressed;
  if (pressed && wasDown) return;  // somebody's repeat
  if (pressed) {
    if (const auto chord = chordOf(key.code)) {
      flush();
      target_.onChord(*chord);
      return;
    }
  }
  if (pressed ? !hasGuest() : !atGuest_[key.code]) return;
  tell(key);
  atGuest_[key.code] = pressed;
}

void InputRouter::on(const PanelTouch& touch) {
  using surface::TouchPhase;
  const auto hit = placement_.toGuest(touch.at);
  if (touch.phase == TouchPhase::Down) {
    if (!hasGuest() || !hit.inside) return;
    touchAtGuest_[touch.slot] = true;
  } else if (!touchAtGuest_[touch.slot]) {
    return;
  }
  tell(surface::Touch{touch.slot, touch.phase, hit.at, true});
  if (touch.phase == TouchPhase::Up || touch.phase == TouchPhase::Cancelled) {
    touchAtGuest_[touch.slot] = false;
  }
}

std::optional<Chord> InputRouter::chordOf(std::uint16_t key) const {
  const bool control = down_[KEY_LEFTCTRL] || down_[KEY_RIGHTCTRL];
  if (chords_ == Chords::Off || !control || !down_[KEY_LEFTALT]) return std::nullopt;
  switch (key) {
    case KEY_R:
      return Chord::Rotate;
    case KEY_L:
      return Chord::LockRotation;
    case KEY_LEFT:
      return Chord::PreviousGuest;
    case KEY_RIGHT:
      return Chord::NextGuest;
    case KEY_S:
      return Chord::Screenshot;
    default:
      return std::nullopt;
  }
}

}  // namespace lucarne::kiosk
