// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/pointer.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cstdlib>

namespace lucarne::relay::rfb {

namespace {

using surface::Transition;

constexpr std::uint16_t kLeft = 1 << 0;
constexpr std::uint16_t kMiddle = 1 << 1;
constexpr std::uint16_t kRight = 1 << 2;
constexpr std::uint16_t kWheelUp = 1 << 3;
constexpr std::uint16_t kWheelDown = 1 << 4;
constexpr std::uint16_t kWheelLeft = 1 << 5;
constexpr std::uint16_t kWheelRight = 1 << 6;
constexpr std::uint16_t kBack = 1 << 7;
constexpr std::uint16_t kForward = 1 << 8;

// By evdev code from BTN_LEFT on. SIDE and EXTRA are what mice send for back and forward.
constexpr std::uint16_t kMasks[] = {kLeft, kRight, kMiddle, kBack, kForward, kForward, kBack, 0};

constexpr std::int32_t kMaxNudge256 = 0x7fff * 256;
// In relative mode 0x7fff means "not moved" (rfbproto.rst, QEMU Pointer Motion Change).
constexpr std::int32_t kRelativeZero = 0x7fff;

std::uint16_t buttonsOf(std::uint16_t codes) {
  std::uint16_t mask = 0;
  for (std::size_t i = 0; i < std::size(kMasks); ++i) {
    if (codes >> i & 1) mask |= kMasks[i];
  }
  return mask;
}

}  // namespace

void Pointer::setMode(PointerMode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  dx_ = dy_ = 0;
  moved_ = false;
}

void Pointer::move(const surface::PointerMoved& moved, Line line, Outgoing& out) {
  goTo(moved.at, line, out);
}

void Pointer::nudge(const surface::PointerNudged& nudged, Line line, Outgoing& out) {
  restX256_ += std::clamp(nudged.dx256, -kMaxNudge256, kMaxNudge256);
  restY256_ += std::clamp(nudged.dy256, -kMaxNudge256, kMaxNudge256);
  const std::int32_t dx = restX256_ / 256;
  const std::int32_t dy = restY256_ / 256;
  restX256_ -= dx * 256;
  restY256_ -= dy * 256;
  if (mode_ == PointerMode::Absolute) {
    goTo({at_.x + dx, at_.y + dy}, line, out);
    return;
  }
  dx_ = std::clamp(dx_ + dx, -kRelativeZero, kRelativeZero);
  dy_ = std::clamp(dy_ + dy, -kRelativeZero, kRelativeZero);
  moved_ = moved_ || dx != 0 || dy != 0;
  if (line == Line::Free) flush(out);
}

void Pointer::goTo(surface::GuestPoint at, Line line, Outgoing& out) {
  const surface::GuestPoint to{std::clamp(at.x, 0, std::max(size_.width - 1, 0)),
                               std::clamp(at.y, 0, std::max(size_.height - 1, 0))};
  if (mode_ == PointerMode::Relative && placed_) {
    dx_ = std::clamp(dx_ + to.x - at_.x, -kRelativeZero, kRelativeZero);
    dy_ = std::clamp(dy_ + to.y - at_.y, -kRelativeZero, kRelativeZero);
  }
  moved_ = moved_ || !placed_ || !(to == at_);
  placed_ = true;
  at_ = to;
  if (line == Line::Free) flush(out);
}

void Pointer::press(const surface::PointerButton& button, Outgoing& out) {
  const unsigned index = button.code - unsigned{BTN_LEFT};
  if (index >= std::size(kMasks)) return;
  const auto bit = static_cast<std::uint16_t>(1u << index);
  const bool stale = button.transition == Transition::Released && (codesDown_ & bit) == 0;
  codesDown_ = button.transition == Transition::Pressed
                   ? static_cast<std::uint16_t>(codesDown_ | bit)
                   : static_cast<std::uint16_t>(codesDown_ & ~bit);
  setButtons(buttonsOf(codesDown_), out);
  if (stale) send(out);
}

void Pointer::roll(const surface::Wheel& wheel, Outgoing& out) {
  click(wheelX_.turn(wheel.dx120), kWheelLeft, kWheelRight, out);
  click(wheelY_.turn(wheel.dy120), kWheelUp, kWheelDown, out);
}

void Pointer::click(int notches, std::uint16_t negative, std::uint16_t positive, Outgoing& out) {
  for (int left = std::abs(notches); left > 0; --left) {
    const std::uint16_t held = sent_;
    setButtons(held | (notches > 0 ? positive : negative), out);
    setButtons(held, out);
  }
}

void Pointer::setButtons(std::uint16_t buttons, Outgoing& out) {
  flush(out);  // the button belongs to the place where the pointer has arrived
  if (buttons == sent_) return;
  sent_ = buttons;
  send(out);
}

void Pointer::flush(Outgoing& out) {
  if (!moved_) return;
  send(out);
  dx_ = dy_ = 0;
  moved_ = false;
}

void Pointer::lift(Outgoing& out) {
  codesDown_ = 0;
  setButtons(0, out);
}

void Pointer::send(Outgoing& out) {
  const bool relative = mode_ == PointerMode::Relative;
  const auto x = static_cast<std::uint16_t>(relative ? kRelativeZero + (moved_ ? dx_ : 0) : at_.x);
  const auto y = static_cast<std::uint16_t>(relative ? kRelativeZero + (moved_ ? dy_ : 0) : at_.y);
  if (extended_ && sent_ > 0x7f) {
    encodeExtendedPointerEvent(out, sent_, x, y);
  } else {
    // With the extension bit 7 is its marker; without it, it is button 8.
    encodePointerEvent(out, static_cast<std::uint8_t>(sent_ & (extended_ ? 0x7f : 0xff)), x, y);
  }
}

}  // namespace lucarne::relay::rfb
