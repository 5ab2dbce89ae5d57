// SPDX-License-Identifier: Apache-2.0
// What is held down at a guest, so that it can be lifted after a gap: no key stays down because a
// window, a line or a program went away.
#pragma once

#include <bitset>
#include <vector>

#include "surface/input_event.h"

namespace lucarne::surface {

class HeldInput {
 public:
  /// Remembers what `event` presses or lifts.
  void note(const InputEvent& event);

  bool empty() const { return keys_.none() && buttons_.none() && touches_.none(); }

  /// The events that lift everything (keys, buttons; fingers are cancelled), and forgets it.
  std::vector<InputEvent> liftAll();

 private:
  std::bitset<kMaxEvdevCode + 1> keys_;
  std::bitset<kMaxEvdevCode + 1> buttons_;
  std::bitset<kMaxTouchSlots> touches_;
};

}  // namespace lucarne::surface
