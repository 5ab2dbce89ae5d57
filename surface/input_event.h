// SPDX-License-Identifier: Apache-2.0
// What a person did, on its way to one guest.
//
// Codes are the kernel's (linux/input-event-codes.h): a key is a place on the keyboard, the guest's
// own layout decides what it means. Keys and buttons are transitions and none may be lost or
// reordered; motion may be coalesced to the latest between two transitions.
#pragma once

#include <cstdint>
#include <variant>

#include "surface/geometry.h"

namespace lucarne::surface {

enum class Transition : std::uint8_t { Released = 0, Pressed = 1 };

/// The pointer is now here. May lie on any pixel of the picture.
struct PointerMoved {
  GuestPoint at;
  friend bool operator==(const PointerMoved&, const PointerMoved&) = default;
};

/// The pointer moved by this much, in 1/256 of a device count (libinput's unaccelerated delta).
struct PointerNudged {
  std::int32_t dx256 = 0;
  std::int32_t dy256 = 0;
  friend bool operator==(const PointerNudged&, const PointerNudged&) = default;
};

/// BTN_LEFT 0x110 … BTN_TASK 0x117.
struct PointerButton {
  std::uint16_t code = 0;
  Transition transition = Transition::Released;
  friend bool operator==(const PointerButton&, const PointerButton&) = default;
};

/// In 1/120 of a notch; positive is down and right.
struct Wheel {
  std::int32_t dx120 = 0;
  std::int32_t dy120 = 0;
  friend bool operator==(const Wheel&, const Wheel&) = default;
};

/// KEY_ESC 1 … KEY_MAX 0x2ff.
struct Key {
  std::uint16_t code = 0;
  Transition transition = Transition::Released;
  friend bool operator==(const Key&, const Key&) = default;
};

enum class TouchPhase : std::uint8_t { Down = 0, Moved = 1, Up = 2, Cancelled = 3 };

/// One finger. Several fingers that move together arrive one after the other; `last` marks the
/// last of a moment (evdev's SYN_REPORT).
struct Touch {
  std::uint8_t slot = 0;  ///< < kMaxTouchSlots
  TouchPhase phase = TouchPhase::Down;
  GuestPoint at;  ///< meaningless for Up and Cancelled
  bool last = true;
  friend bool operator==(const Touch&, const Touch&) = default;
};

inline constexpr int kMaxTouchSlots = 16;
inline constexpr std::uint16_t kMaxEvdevCode = 0x2ff;

using InputEvent = std::variant<PointerMoved, PointerNudged, PointerButton, Wheel, Key, Touch>;

/// Codes and slots that exist, places on a picture that can be (0 … kMaxSide - 1): what may cross a
/// wire. Receivers drop what is not.
bool isInRange(const InputEvent& event);

/// The event with its place, if it has one, moved to the nearest pixel of a picture of this size.
InputEvent clamped(InputEvent event, Size picture);

}  // namespace lucarne::surface
