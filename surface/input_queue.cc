// SPDX-License-Identifier: Apache-2.0
#include "surface/input_queue.h"

#include <algorithm>
#include <limits>

namespace lucarne::surface {

namespace {

bool add(std::int32_t& sum, std::int32_t more) {
  const std::int64_t total = std::int64_t{sum} + more;
  if (total < std::numeric_limits<std::int32_t>::min() ||
      total > std::numeric_limits<std::int32_t>::max()) {
    return false;
  }
  sum = static_cast<std::int32_t>(total);
  return true;
}

// Folding of motion into the event just before it; anything else cannot be folded.
bool fold(PointerMoved& last, const PointerMoved& next) {
  last = next;
  return true;
}
bool fold(PointerNudged& last, const PointerNudged& next) {
  PointerNudged sum = last;
  if (!add(sum.dx256, next.dx256) || !add(sum.dy256, next.dy256)) return false;
  last = sum;
  return true;
}
bool fold(Wheel& last, const Wheel& next) {
  Wheel sum = last;
  if (!add(sum.dx120, next.dx120) || !add(sum.dy120, next.dy120)) return false;
  last = sum;
  return true;
}
template <typename A, typename B>
bool fold(A&, const B&) {
  return false;
}

}  // namespace

bool InputQueue::push(const InputEvent& event) {
  if (const auto* touch = std::get_if<Touch>(&event)) return pushTouch(*touch);
  if (!events_.empty() &&
      std::visit([](auto& last, const auto& next) { return fold(last, next); }, events_.back(),
                 event)) {
    return true;
  }
  return append(event);
}

// Fingers that move together take turns, so the event to replace is a few back: the same finger's
// last move, if nothing but moves of fingers came since.
bool InputQueue::pushTouch(const Touch& touch) {
  if (touch.phase == TouchPhase::Moved) {
    for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
      auto* earlier = std::get_if<Touch>(&*it);
      if (!earlier || earlier->phase != TouchPhase::Moved) break;
      if (earlier->slot != touch.slot) continue;
      earlier->at = touch.at;
      // A moment that ends with this finger now ends with whichever of them is sent last.
      if (touch.last) std::get<Touch>(events_.back()).last = true;
      return true;
    }
  }
  return append(touch);
}

bool InputQueue::append(const InputEvent& event) {
  if (events_.size() >= kMaxEvents) return false;
  events_.push_back(event);
  return true;
}

}  // namespace lucarne::surface
