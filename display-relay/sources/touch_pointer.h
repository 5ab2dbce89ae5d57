// SPDX-License-Identifier: Apache-2.0
// Fingers for a guest that only knows a mouse: the first finger down is the pointer with its left
// button held; the others do nothing until it is lifted.
#pragma once

#include <linux/input-event-codes.h>

#include <optional>
#include <vector>

#include "surface/input_event.h"

namespace lucarne::relay {

class TouchPointer {
 public:
  /// What the mouse does for this finger; empty for a finger that does not count.
  std::vector<surface::InputEvent> translate(const surface::Touch& touch) {
    using surface::TouchPhase;
    if (touch.phase == TouchPhase::Down && !slot_) {
      slot_ = touch.slot;
      return {surface::PointerMoved{touch.at}, button(surface::Transition::Pressed)};
    }
    // Of a finger that a connection before this one put down, and that was cut off.
    if (!slot_ && touch.phase == TouchPhase::Cancelled) {
      return {button(surface::Transition::Released)};
    }
    if (slot_ != touch.slot || touch.phase == TouchPhase::Down) return {};
    if (touch.phase == TouchPhase::Moved) return {surface::PointerMoved{touch.at}};
    slot_.reset();
    return {button(surface::Transition::Released)};
  }

  /// The connection is new: no finger is down.
  void reset() { slot_.reset(); }

 private:
  static surface::InputEvent button(surface::Transition transition) {
    return surface::PointerButton{BTN_LEFT, transition};
  }

  std::optional<std::uint8_t> slot_;
};

}  // namespace lucarne::relay
