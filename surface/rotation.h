// SPDX-License-Identifier: Apache-2.0
// How far the guest's picture is turned on the panel.
#pragma once

#include <cstdint>
#include <optional>

#include "surface/geometry.h"

namespace lucarne::surface {

/// Degrees clockwise, as a person in front of the panel sees it. At Deg90 the picture's top edge
/// lies along the panel's right edge: what xrandr calls "right", and what a panel needs that is
/// mounted a quarter turn counter-clockwise.
enum class Rotation : std::uint8_t { Deg0 = 0, Deg90 = 1, Deg180 = 2, Deg270 = 3 };

inline constexpr Rotation kRotations[] = {Rotation::Deg0, Rotation::Deg90, Rotation::Deg180,
                                          Rotation::Deg270};

inline int degrees(Rotation r) { return static_cast<int>(r) * 90; }

/// 0, 90, 180 or 270; nothing for any other number.
inline std::optional<Rotation> rotationOf(int degreesClockwise) {
  for (const Rotation r : kRotations) {
    if (degrees(r) == degreesClockwise) return r;
  }
  return std::nullopt;
}

/// A quarter further clockwise.
inline Rotation next(Rotation r) { return static_cast<Rotation>((static_cast<int>(r) + 1) % 4); }

/// Width and height change places.
inline bool swapsSides(Rotation r) { return r == Rotation::Deg90 || r == Rotation::Deg270; }

inline Size turned(Size size, Rotation r) {
  return swapsSides(r) ? Size{size.height, size.width} : size;
}

}  // namespace lucarne::surface
