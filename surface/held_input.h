// SPDX-License-Identifier: Apache-2.0
// What is held down at a guest, so that it can be lifted after a gap: no key stays down because a
// window, a line or a program went away.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <vector>

#include "surface/input_event.h"

namespace lucarne::surface {

class HeldInput {
 public:
  /// Remembers what `event` presses or lifts.
  void note(const InputEvent& event);

  bool empty() const { return keys_.none() && !anyTouch(); }

  /// The events that lift everything (keys, buttons; fingers are cancelled), and forgets it.
  std::vector<InputEvent> liftAll();

 private:
  bool anyTouch() const;

  std::bitset<kMaxEvdevCode + 1> keys_;  // buttons have codes of their own in the same space
  std::bitset<kMaxTouchSlots> touches_;
};

}  // namespace lucarne::surface
