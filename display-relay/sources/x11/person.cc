// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/person.h"

#include <linux/input-event-codes.h>
#include <xcb/xtest.h>

#include <algorithm>
#include <cstdlib>

namespace lucarne::relay::x11 {

namespace {

// X11 numbers buttons: 4 to 7 are the wheel (XFree86's ZAxisMapping, and every server since), 8 and 9
// go back and forward.
constexpr std::uint8_t kWheelUp = 4;
constexpr std::uint8_t kWheelDown = 5;
constexpr std::uint8_t kWheelLeft = 6;
constexpr std::uint8_t kWheelRight = 7;
constexpr std::uint8_t kBack = 8;
constexpr std::uint8_t kForward = 9;

std::uint8_t buttonOf(std::uint16_t code) {
  switch (code) {
    case BTN_LEFT:
      return 1;
    case BTN_MIDDLE:
      return 2;
    case BTN_RIGHT:
      return 3;
    case BTN_SIDE:
    case BTN_BACK:
      return kBack;
    case BTN_EXTRA:
    case BTN_FORWARD:
      return kForward;
    default:
      return 0;
  }
}

// Whole pixels of a motion; what is left stays for the next.
int wholePixels(std::int32_t by256, std::int32_t& rest) {
  const std::int64_t sum = std::int64_t{rest} + by256;
  const std::int64_t whole = sum / 256;
  rest = static_cast<std::int32_t>(sum - whole * 256);
  constexpr std::int64_t kFarthest = INT16_MAX;  // X11's coordinates
  return static_cast<int>(std::clamp(whole, -kFarthest, kFarthest));
}

}  // namespace

Person::Person(Server& server, const Acquaintance& x)
    : server_(server), root_(x.root), takesInput_(x.takesInput), keys_(x.keys) {
  for (const std::uint8_t keycode : x.keysDown) fake(XCB_KEY_RELEASE, keycode);
  for (std::uint8_t button = 1; button <= 5; ++button) {
    if (x.buttonsDown & (1 << (button - 1))) fake(XCB_BUTTON_RELEASE, button);
  }
  // Of these X11 does not tell; lifting what is not held does nothing.
  for (const std::uint8_t button : {kBack, kForward}) fake(XCB_BUTTON_RELEASE, button);
}

void Person::input(const surface::InputEvent& event) {
  if (const auto* touch = std::get_if<surface::Touch>(&event)) {
    for (const surface::InputEvent& as : touch_.translate(*touch)) input(as);
    return;
  }
  held_.note(event);
  send(event);
}

void Person::lift() {
  for (const surface::InputEvent& event : held_.liftAll()) send(event);
  touch_.reset();
}

void Person::send(const surface::InputEvent& event) {
  if (const auto* moved = std::get_if<surface::PointerMoved>(&event)) {
    fake(XCB_MOTION_NOTIFY, 0, moved->at.x, moved->at.y);
  } else if (const auto* nudged = std::get_if<surface::PointerNudged>(&event)) {
    const int dx = wholePixels(nudged->dx256, restX256_);
    const int dy = wholePixels(nudged->dy256, restY256_);
    constexpr std::uint8_t kRelative = 1;
    if (dx != 0 || dy != 0) fake(XCB_MOTION_NOTIFY, kRelative, dx, dy);
  } else if (const auto* button = std::get_if<surface::PointerButton>(&event)) {
    const bool pressed = button->transition == surface::Transition::Pressed;
    const std::uint8_t number = buttonOf(button->code);
    if (number) fake(pressed ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, number);
  } else if (const auto* wheel = std::get_if<surface::Wheel>(&event)) {
    click(wheelX_.turn(wheel->dx120), kWheelLeft, kWheelRight);
    click(wheelY_.turn(wheel->dy120), kWheelUp, kWheelDown);
  } else if (const auto* key = std::get_if<surface::Key>(&event)) {
    const bool pressed = key->transition == surface::Transition::Pressed;
    const std::uint8_t keycode = keys_.keycodeOf(key->code);
    if (keycode) fake(pressed ? XCB_KEY_PRESS : XCB_KEY_RELEASE, keycode);
  }
}

void Person::click(int notches, std::uint8_t negative, std::uint8_t positive) {
  const std::uint8_t button = notches < 0 ? negative : positive;
  for (int i = 0; i < std::abs(notches); ++i) {
    fake(XCB_BUTTON_PRESS, button);
    fake(XCB_BUTTON_RELEASE, button);
  }
}

void Person::fake(std::uint8_t type, std::uint8_t detail, int x, int y) {
  if (!takesInput_) return;
  xcb_test_fake_input(server_.get(), type, detail, XCB_CURRENT_TIME, root_,
                      static_cast<std::int16_t>(x), static_cast<std::int16_t>(y), 0);
}

}  // namespace lucarne::relay::x11
