// SPDX-License-Identifier: Apache-2.0
// What the parts of ScreenEncoder share and nobody else sees.
#pragma once

#include <array>

#include "link/codec/screen_encoder.h"

namespace lucarne::link {

/// The piece being written. Two bytes are kept for the marks at its end.
struct ScreenEncoder::Piece {
  std::vector<std::uint8_t>& out;
  std::size_t end;
  bool smallDrawn = false;  // something of Lane::Small was drawn and not marked as showable
  bool frameEnded = false;  // it holds a FrameEnd: the next frame goes into another piece

  std::size_t room() const { return end > out.size() + 2 ? end - out.size() - 2 : 0; }
};

/// One tile op: what it covers and where its pixels are.
struct ScreenEncoder::Target {
  surface::Rect rect;
  surface::ConstFrame source;  // a whole picture

  surface::ConstFrame pixels() const { return source.part(rect); }
};

/// The longest op that is never cut: a copy with six numbers of at most three bytes (16384).
inline constexpr std::size_t kLongestWholeOp = 24;
/// Below this many pixels a lossy strip's overhead and the repair cost more than they save: one row of
/// a tile, 150 bytes exact and 40 lossy.
inline constexpr std::int64_t kLeastLossy = 64;

/// What of `r` is outside of `hole`, above, below, left and right of it; they may overlap.
inline std::array<surface::Rect, 4> sidesOf(const surface::Rect& r, const surface::Rect& hole) {
  const surface::Rect inside = intersect(r, hole);
  if (inside.empty()) return {r};
  return {surface::Rect{r.x, r.y, r.width, inside.y - r.y},
          surface::Rect{r.x, inside.bottom(), r.width, r.bottom() - inside.bottom()},
          surface::Rect{r.x, r.y, inside.x - r.x, r.height},
          surface::Rect{inside.right(), r.y, r.right() - inside.right(), r.height}};
}

}  // namespace lucarne::link
