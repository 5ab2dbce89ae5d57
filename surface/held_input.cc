// SPDX-License-Identifier: Apache-2.0
#include "surface/held_input.h"

namespace lucarne::surface {

void HeldInput::note(const InputEvent& event) {
  const auto set = [](auto& bits, std::size_t at, bool down) {
    if (at < bits.size()) bits.set(at, down);
  };
  if (const auto* key = std::get_if<Key>(&event)) {
    set(keys_, key->code, key->transition == Transition::Pressed);
  } else if (const auto* button = std::get_if<PointerButton>(&event)) {
    set(buttons_, button->code, button->transition == Transition::Pressed);
  } else if (const auto* touch = std::get_if<Touch>(&event)) {
    set(touches_, touch->slot,
        touch->phase == TouchPhase::Down || touch->phase == TouchPhase::Moved);
  }
}

std::vector<InputEvent> HeldInput::liftAll() {
  std::vector<InputEvent> events;
  for (std::size_t code = 0; code < keys_.size(); ++code) {
    if (keys_[code]) events.push_back(Key{static_cast<std::uint16_t>(code), Transition::Released});
  }
  for (std::size_t code = 0; code < buttons_.size(); ++code) {
    if (buttons_[code]) {
      events.push_back(PointerButton{static_cast<std::uint16_t>(code), Transition::Released});
    }
  }
  for (std::size_t slot = 0; slot < touches_.size(); ++slot) {
    if (!touches_[slot]) continue;
    events.push_back(Touch{static_cast<std::uint8_t>(slot), TouchPhase::Cancelled, {}, false});
  }
  if (touches_.any()) std::get<Touch>(events.back()).last = true;
  *this = {};
  return events;
}

}  // namespace lucarne::surface
