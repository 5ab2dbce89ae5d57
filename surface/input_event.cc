// SPDX-License-Identifier: Apache-2.0
#include "surface/input_event.h"

#include <algorithm>

#include "surface/frame.h"

namespace lucarne::surface {

namespace {

constexpr std::uint16_t kFirstButton = 0x110;  // BTN_LEFT
constexpr std::uint16_t kLastButton = 0x117;   // BTN_TASK

bool isPlace(GuestPoint p) { return p.x >= 0 && p.y >= 0 && p.x < kMaxSide && p.y < kMaxSide; }
bool isTransition(Transition t) { return t == Transition::Pressed || t == Transition::Released; }

struct InRange {
  bool operator()(const PointerMoved& e) const { return isPlace(e.at); }
  bool operator()(const PointerNudged&) const { return true; }
  bool operator()(const PointerButton& e) const {
    return e.code >= kFirstButton && e.code <= kLastButton && isTransition(e.transition);
  }
  bool operator()(const Wheel&) const { return true; }
  bool operator()(const Key& e) const {
    return e.code > 0 && e.code <= kMaxEvdevCode && isTransition(e.transition);
  }
  bool operator()(const Touch& e) const {
    return e.slot < kMaxTouchSlots && e.phase <= TouchPhase::Cancelled && isPlace(e.at);
  }
};

GuestPoint nearest(GuestPoint p, Size picture) {
  return {std::clamp(p.x, 0, std::max(picture.width - 1, 0)),
          std::clamp(p.y, 0, std::max(picture.height - 1, 0))};
}

}  // namespace

bool isInRange(const InputEvent& event) { return std::visit(InRange{}, event); }

InputEvent clamped(InputEvent event, Size picture) {
  if (auto* moved = std::get_if<PointerMoved>(&event)) moved->at = nearest(moved->at, picture);
  if (auto* touch = std::get_if<Touch>(&event)) touch->at = nearest(touch->at, picture);
  return event;
}

}  // namespace lucarne::surface
