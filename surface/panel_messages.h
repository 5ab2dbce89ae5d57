// SPDX-License-Identifier: Apache-2.0
// What the input broker and the kiosk say to each other (unix, SOCK_SEQPACKET; little-endian). The
// kiosk listens at its own socket's path with ".input" added (kiosk_socket.h), mode 0600.
//
//   broker                               kiosk
//     | Hello ─────────────────────────────▶ |
//     | events …, End ─────────────────────▶ |   End closes what happened at one moment
//     | Reset, events … ───────────────────▶ |   after a gap: nothing is held but what follows
//     | Action ────────────────────────────▶ |   a special button asks for something
//     | ◀─────────────────────────── Turned |   at once, and whenever the picture is turned
//
// Every packet has 16 bytes: u16 type, u8 step, u8 zero, u16 code, u16 zero, i32 a, i32 b. What a
// type does not use is zero.
//
//   1 Hello    code version, a magic "LUCI", b width | height << 16   the broker's panel in pixels
//   2 Placed   a x, b y            an absolute pointer, in pixels of that panel
//   3 Nudged   a dx, b dy          a mouse, in device counts as the hand moves: +x is the picture's
//                                  right, however it is turned
//   4 Button   step transition, code BTN_…
//   5 Wheel    a dx120, b dy120
//   6 Key      step transition, code KEY_…
//   7 Touch    step phase, code slot, a x, b y
//   8 End
//   9 Reset
//  10 Action   code: 1 rotate, 2 next guest, 3 previous guest, 4 screenshot
//  65 Turned   code degrees clockwise
//
// The kiosk trusts its peer to be the same user or root, and believes no number it sends.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/input_event.h"
#include "surface/rotation.h"

namespace lucarne::surface::panel {

inline constexpr std::uint32_t kMagic = 0x4943554c;  // "LUCI" in the packet
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kPacketBytes = 16;
/// No hand moves further between two reports; a place is never further from the panel.
inline constexpr std::int32_t kMostCounts = 32767;

enum class Action : std::uint16_t { Rotate = 1, NextGuest = 2, PreviousGuest = 3, Screenshot = 4 };

struct Hello {
  Size panel;
  std::uint16_t version = kVersion;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Placed {
  PanelPoint at;
  friend bool operator==(const Placed&, const Placed&) = default;
};
struct Nudged {
  std::int32_t dx = 0;
  std::int32_t dy = 0;
  friend bool operator==(const Nudged&, const Nudged&) = default;
};
struct Touched {
  std::uint8_t slot = 0;  ///< < kMaxTouchSlots
  TouchPhase phase = TouchPhase::Down;
  PanelPoint at;  ///< the last known one for Up and Cancelled
  friend bool operator==(const Touched&, const Touched&) = default;
};
struct End {
  friend bool operator==(const End&, const End&) = default;
};
struct Reset {
  friend bool operator==(const Reset&, const Reset&) = default;
};
struct Asked {
  Action action = Action::Rotate;
  friend bool operator==(const Asked&, const Asked&) = default;
};

using ToKiosk = std::variant<Hello, Placed, Nudged, PointerButton, Wheel, Key, Touched, End, Reset,
                             Asked>;

struct Turned {
  Rotation rotation = Rotation::Deg0;
  friend bool operator==(const Turned&, const Turned&) = default;
};

using PacketBytes = std::array<std::uint8_t, kPacketBytes>;

PacketBytes encode(const ToKiosk& message);
PacketBytes encode(const Turned& message);

/// Everything that can be checked without knowing the panel. An error says which message.
base::Result<ToKiosk> parseToKiosk(base::Bytes untrustedPacket);
base::Result<Turned> parseToBroker(base::Bytes untrustedPacket);

}  // namespace lucarne::surface::panel
