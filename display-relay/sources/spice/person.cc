// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/person.h"

#include <linux/input-event-codes.h>
#include <spice/enums.h>

#include <algorithm>
#include <cstdlib>
#include <type_traits>
#include <variant>

#include "display-relay/sources/qnum.h"
#include "surface/frame.h"

namespace lucarne::relay::spice {

namespace {

using surface::Transition;

// One event nudges no further than a screen is wide.
constexpr std::int32_t kMaxNudge256 = surface::kMaxSide * 256;

struct Button {
  int number = 0;  // 0: SPICE has none
  int mask = 0;
};

Button buttonOf(std::uint16_t code) {
  switch (code) {
    case BTN_LEFT:
      return {SPICE_MOUSE_BUTTON_LEFT, SPICE_MOUSE_BUTTON_MASK_LEFT};
    case BTN_MIDDLE:
      return {SPICE_MOUSE_BUTTON_MIDDLE, SPICE_MOUSE_BUTTON_MASK_MIDDLE};
    case BTN_RIGHT:
      return {SPICE_MOUSE_BUTTON_RIGHT, SPICE_MOUSE_BUTTON_MASK_RIGHT};
    case BTN_SIDE:
    case BTN_BACK:
      return {SPICE_MOUSE_BUTTON_SIDE, SPICE_MOUSE_BUTTON_MASK_SIDE};
    case BTN_EXTRA:
    case BTN_FORWARD:
      return {SPICE_MOUSE_BUTTON_EXTRA, SPICE_MOUSE_BUTTON_MASK_EXTRA};
    default:
      return {};
  }
}

}  // namespace

void Person::setMode(MouseMode mode) {
  mode_ = mode;
  restX256_ = restY256_ = 0;
}

void Person::setPicture(surface::GuestPoint origin, surface::Size size) {
  origin_ = origin;
  size_ = size;
}

void Person::input(const surface::InputEvent& event) {
  held_.note(event);
  apply(event);
}

void Person::apply(const surface::InputEvent& event) {
  std::visit(
      [this](const auto& e) {
        using Event = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<Event, surface::PointerMoved>) {
          moveTo(e.at);
        } else if constexpr (std::is_same_v<Event, surface::PointerNudged>) {
          nudge(e);
        } else if constexpr (std::is_same_v<Event, surface::PointerButton>) {
          press(e);
        } else if constexpr (std::is_same_v<Event, surface::Wheel>) {
          turn(wheelY_.turn(e.dy120));  // SPICE has no sideways wheel
        } else if constexpr (std::is_same_v<Event, surface::Key>) {
          key(e);
        } else {
          for (const surface::InputEvent& part : touchPointer_.translate(e)) apply(part);
        }
      },
      event);
}

void Person::moveTo(surface::GuestPoint at) {
  at = {std::clamp(at.x, 0, std::max(size_.width - 1, 0)),
        std::clamp(at.y, 0, std::max(size_.height - 1, 0))};
  const surface::GuestPoint from = at_;
  const bool known = placed_;
  at_ = at;
  placed_ = true;
  if (mode_ == MouseMode::Client) {
    inputs_.position({at.x + origin_.x, at.y + origin_.y}, buttons_);
  } else if (known) {
    inputs_.motion(at.x - from.x, at.y - from.y, buttons_);
  }
}

void Person::nudge(const surface::PointerNudged& nudged) {
  restX256_ += std::clamp(nudged.dx256, -kMaxNudge256, kMaxNudge256);
  restY256_ += std::clamp(nudged.dy256, -kMaxNudge256, kMaxNudge256);
  const std::int32_t dx = restX256_ / 256;
  const std::int32_t dy = restY256_ / 256;
  restX256_ -= dx * 256;
  restY256_ -= dy * 256;
  if (dx == 0 && dy == 0) return;
  if (mode_ == MouseMode::Client) return moveTo({at_.x + dx, at_.y + dy});
  inputs_.motion(dx, dy, buttons_);
}

void Person::press(const surface::PointerButton& button) {
  const Button which = buttonOf(button.code);
  if (which.number == 0) return;
  if (button.transition == Transition::Pressed) {
    buttons_ |= which.mask;
    inputs_.press(which.number, buttons_);
  } else {
    buttons_ &= ~which.mask;
    inputs_.release(which.number, buttons_);
  }
}

void Person::turn(int notches) {
  const int button = notches > 0 ? SPICE_MOUSE_BUTTON_DOWN : SPICE_MOUSE_BUTTON_UP;
  const int mask = notches > 0 ? SPICE_MOUSE_BUTTON_MASK_DOWN : SPICE_MOUSE_BUTTON_MASK_UP;
  for (int left = std::abs(notches); left > 0; --left) {
    inputs_.press(button, buttons_ | mask);
    inputs_.release(button, buttons_);
  }
}

void Person::key(const surface::Key& key) {
  const auto qnum = qnumOf(key.code);
  if (!qnum) return;
  // QEMU writes the prefix 0xe0 as bit 7, SPICE as bit 8.
  inputs_.key((*qnum & 0x80u) ? 0x100u | (*qnum & 0x7fu) : *qnum, key.transition);
}

void Person::lift() {
  for (const surface::InputEvent& event : held_.liftAll()) apply(event);
}

void Person::forget() {
  held_.liftAll();
  touchPointer_.reset();
  buttons_ = 0;
  placed_ = false;
  wheelY_.reset();
  restX256_ = restY256_ = 0;
}

}  // namespace lucarne::relay::spice
