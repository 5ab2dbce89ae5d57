// SPDX-License-Identifier: Apache-2.0
// BGRX pixels to and from the planes of a video: 4:2:0, BT.601 with full range, as JPEG (T.871) has
// them. One chroma sample is the mean of a square of four pixels, and colours all four again.
//
// Plain loops for the vectoriser; `reference` holds the same in real numbers, and tests compare the two.
#pragma once

#include <cstdint>

#include "surface/frame.h"

namespace lucarne::link {

/// Three planes that somebody else owns: Y with the picture's sides, Cb and Cr with half of them. `B`
/// is std::uint8_t or const std::uint8_t.
template <typename B>
struct BasicPlanes {
  B* rows[3] = {};
  std::ptrdiff_t strideBytes[3] = {};
};
using Planes = BasicPlanes<std::uint8_t>;
using ConstPlanes = BasicPlanes<const std::uint8_t>;

/// Both sides of the picture are even.
void toPlanes(surface::ConstFrame picture, const Planes& planes);
/// X bytes become zero.
void toPixels(const ConstPlanes& planes, surface::Frame picture);

namespace reference {
void toPlanes(surface::ConstFrame picture, const Planes& planes);
void toPixels(const ConstPlanes& planes, surface::Frame picture);
}  // namespace reference

}  // namespace lucarne::link
