// SPDX-License-Identifier: Apache-2.0
// What the broker and `lucarne-input inject` say to each other on a link's Input channel.
//
// Little-endian; one link message is one of these. Durations cross the line, times never.
//
//   broker                              inject
//     | Hello, Device…, Ready ───────────▶ |   in a fresh session
//     | Frame ───────────────────────────▶ |   what happened, in order
//     | Device, Gone ────────────────────▶ |   plugged, unplugged (lifts what it held)
//     | ◀──────────────────────────── Leds |   only when inject allows it
//
//   1 Hello   u8 1, u8 version
//   2 Device  u8 2, u8 id, u16 bus, u16 vendor, u16 product, u16 version, u32 properties,
//             u16 relatives, u32 switches, u16 leds, u8 misc, u8 length, name (UTF-8),
//             u16 n, n x u16 keys, u8 n, n x axis
//             axis: u8 code, i32 minimum, maximum, fuzz, flat, resolution
//             bits as in linux/input-event-codes.h: INPUT_PROP, REL, SW, LED, MSC
//   3 Gone    u8 3, u8 id
//   4 Frame   u8 4, u8 id, u32 microseconds since the device's last frame, u16 n,
//             n x (u8 type, u16 code, i32 value); SYN_REPORT is not among them
//   5 Ready   u8 5                          all devices there are have been told
//  65 Leds    u8 65, u8 id, u16 lights
//
// A later version adds messages; who receives an unknown one ignores it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "input-broker/devices/description.h"

namespace lucarne::input::message {

inline constexpr std::uint8_t kVersion = 1;
/// Devices at once; the id is below it.
inline constexpr int kMaxDevices = 64;
/// Events in one frame: a pen with everything has 20, ten fingers with all axes 130.
inline constexpr std::size_t kMaxFrameEvents = 1024;

struct Hello {
  std::uint8_t version = kVersion;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Device {
  std::uint8_t id = 0;
  Description description;
  friend bool operator==(const Device&, const Device&) = default;
};
struct Gone {
  std::uint8_t id = 0;
  friend bool operator==(const Gone&, const Gone&) = default;
};
struct Frame {
  std::uint8_t id = 0;
  std::uint32_t sinceLastUs = 0;
  std::vector<RawEvent> events;
  friend bool operator==(const Frame&, const Frame&) = default;
};
struct Ready {
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Leds {
  std::uint8_t id = 0;
  std::uint16_t lights = 0;
  friend bool operator==(const Leds&, const Leds&) = default;
};
/// A message of a later version.
struct Unknown {
  std::uint8_t type = 0;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

using Message = std::variant<Hello, Device, Gone, Frame, Ready, Leds, Unknown>;

/// Appends.
void encode(const Message& message, std::vector<std::uint8_t>& out);

/// Refuses, in words, whatever is not exactly one message within the bounds above: axes out of
/// order or with minimum above maximum, a code that does not exist, more slots than there can be.
base::Result<Message> parse(base::Bytes untrusted);

}  // namespace lucarne::input::message
