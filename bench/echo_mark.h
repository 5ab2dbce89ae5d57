// SPDX-License-Identifier: Apache-2.0
// What a scene draws when input reaches it: a second stamp, beside the first, that names the input.
#pragma once

#include <cstdint>

#include "surface/stamp.h"

namespace lucarne::bench {

/// Right of the frame's own stamp, in the rows that scenes leave free.
inline constexpr surface::GuestPoint kEchoPlace{surface::Stamp::kSize.width, 0};
/// A narrower guest has no room for it.
inline constexpr int kEchoWidth = 2 * surface::Stamp::kSize.width;

enum class EchoKind : std::uint8_t { Key = 1, Pointer = 2 };

/// One input: a key's X keysym (0 to 0xffffffff), or where the pointer is.
struct EchoMark {
  EchoKind kind = EchoKind::Key;
  std::uint32_t value = 0;

  static EchoMark key(std::uint32_t keysym) { return {EchoKind::Key, keysym}; }
  static EchoMark pointer(surface::GuestPoint at) {
    return {EchoKind::Pointer, static_cast<std::uint32_t>(at.x & 0xffff) << 16 |
                                   static_cast<std::uint32_t>(at.y & 0xffff)};
  }
  /// As the number in a stamp that else is a time.
  std::uint64_t number() const {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 | value;
  }
};

}  // namespace lucarne::bench
