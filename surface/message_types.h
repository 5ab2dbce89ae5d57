// SPDX-License-Identifier: Apache-2.0
// The numbers in the byte tables of messages.h; for messages_encode.cc and messages_parse.cc only.
#pragma once

#include <cstdint>

#include "surface/damage.h"
#include "surface/frame.h"
#include "surface/messages.h"

namespace lucarne::surface::message {

static_assert(kCommitBytes == 12 + Damage::kMaxRects * 8,
              "the byte table in messages.h says how many rectangles a Commit has");
static_assert(kMaxSide <= UINT16_MAX, "sides and places travel as 16 bits");

enum class Type : std::uint16_t {
  Hello = 1,
  Buffer = 2,
  Forget = 3,
  Commit = 4,
  Cursor = 5,
  Moved = 6,
  Phase = 7,
  Title = 8,
  Leds = 9,
  Pong = 10,
  ClipboardToKiosk = 11,
  Dmabuf = 12,
  Path = 13,
  Welcome = 65,
  Refused = 66,
  Release = 67,
  Input = 68,
  Focus = 69,
  Wanted = 70,
  Attention = 71,
  Ping = 72,
  ClipboardToRelay = 73,
  Unread = 74,
};

enum class InputKind : std::uint8_t {
  PointerMoved = 1,
  PointerNudged = 2,
  PointerButton = 3,
  Wheel = 4,
  Key = 5,
  Touch = 6,
};

inline constexpr std::uint8_t kPixelFormat = 1;  // the only one: frame.h
inline constexpr std::uint8_t kLastTouch = 0x80;
inline constexpr std::uint8_t kAllLeds = 7;
inline constexpr std::uint8_t kBottomUp = 1;

}  // namespace lucarne::surface::message
