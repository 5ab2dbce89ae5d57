// SPDX-License-Identifier: Apache-2.0
// Input on its way to somebody who is slow: every transition in order, motion coalesced.
#pragma once

#include <cstddef>
#include <deque>

#include "surface/input_event.h"

namespace lucarne::surface {

class InputQueue {
 public:
  /// About half a minute of furious typing; nobody waits for a guest that long.
  static constexpr std::size_t kMaxEvents = 1024;

  /// Appends, or folds motion into the motion it follows: the pointer's place and a finger's are
  /// replaced, nudges and wheel steps are summed. False when the queue is full: the event was not
  /// taken, and whoever reads is to be given up (what it held must then be lifted).
  bool push(const InputEvent& event);

  bool empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }
  const InputEvent& front() const { return events_.front(); }
  void pop() { events_.pop_front(); }
  void clear() { events_.clear(); }

 private:
  bool pushTouch(const Touch& touch);
  bool append(const InputEvent& event);

  std::deque<InputEvent> events_;
};

}  // namespace lucarne::surface
