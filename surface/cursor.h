// SPDX-License-Identifier: Apache-2.0
// The guest's pointer shape, drawn by the kiosk itself so that it moves at once.
#pragma once

#include <cstdint>
#include <vector>

#include "surface/geometry.h"

namespace lucarne::surface {

/// Larger ones are refused: 256 is what KMS cursor planes take at most.
inline constexpr int kMaxCursorSide = 256;

struct Cursor {
  Size size;            ///< empty: the guest hides its pointer
  GuestPoint hotspot;   ///< within size
  /// size.width * size.height pixels, in memory B, G, R, A, straight (not premultiplied) alpha.
  std::vector<std::uint32_t> pixels;

  bool hidden() const { return size.empty(); }
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace lucarne::surface
