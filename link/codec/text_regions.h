// SPDX-License-Identifier: Apache-2.0
// Where a picture is text or drawn and not a photograph, to the pixel, and where lines of text end.
//
// Tiles know nothing of lines: one that ends in the middle of a line cuts it in two halves, of which
// neither looks like anything that was sent before. A page of text cut between its lines takes half the
// bytes of the same page cut into tiles. And a note on a photograph can go exactly, at once, while the
// photograph around it goes lossy, though they share tiles.
//
// Pure computation; costs a few nanoseconds a pixel of what changed.
#pragma once

#include <vector>

#include "surface/frame.h"

namespace lucarne::link {

/// Rectangles of text within the blocks of 16 x 16 pixels that `changed` touches, the largest first, at
/// most a dozen, each with at least 4096 pixels, grown to where its paper ends. They may overlap.
std::vector<surface::Rect> findTextRegions(surface::ConstFrame picture,
                                           const std::vector<surface::Rect>& changed);

/// The region from top to bottom in parts of about a tile's height, each with whole lines of text and
/// none larger than kMaxTileOpPixels.
std::vector<surface::Rect> cutAtLines(surface::ConstFrame picture, const surface::Rect& region);

}  // namespace lucarne::link
