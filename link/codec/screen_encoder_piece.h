// SPDX-License-Identifier: Apache-2.0
// What the two halves of ScreenEncoder share and nobody else sees.
#pragma once

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

}  // namespace lucarne::link
