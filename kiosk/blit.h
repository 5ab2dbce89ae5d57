// SPDX-License-Identifier: Apache-2.0
// Copying a guest's picture onto the panel, turned and scaled, by the processor: what makes a
// machine without a GPU a good kiosk.
//
// A turned copy reads down columns, which costs a cache line a pixel when done row by row. It is
// done in tiles of whole cache lines, four by four pixels at a time in vector registers (compiler
// vectors, so the same code serves SSE2 and NEON). The `…Plainly` functions are the same in the
// simplest words: tests compare, and nothing else calls them.
#pragma once

#include <cstddef>

#include "surface/frame.h"
#include "surface/rotation.h"

namespace lucarne::kiosk {

/// A picture as it lies on the panel: its pixel (x, y), counted on the panel from the place's top
/// left, is `stepX * x + stepY * y` bytes from the origin. Borrows the pixels.
struct TurnedView {
  const surface::Pixel* origin = nullptr;
  std::ptrdiff_t stepX = 0;
  std::ptrdiff_t stepY = 0;
  surface::Size size;

  const surface::Pixel* at(int x, int y) const {
    return reinterpret_cast<const surface::Pixel*>(reinterpret_cast<const std::byte*>(origin) +
                                                   stepX * x + stepY * y);
  }
};

TurnedView turnedView(surface::ConstFrame picture, surface::Rotation rotation);

/// Copies `part` (in the view's pixels) so that the view's (0, 0) falls on (left, top) of `panel`.
/// What lies outside of the view or the panel is left out.
void copyTurned(const TurnedView& from, const surface::Rect& part, surface::Frame panel, int left,
                int top);
void copyTurnedPlainly(const TurnedView& from, const surface::Rect& part, surface::Frame panel,
                       int left, int top);

enum class Filter {
  Nearest,  ///< each panel pixel is one guest pixel: exact at 1:1 and at whole factors
  Linear,   ///< the four nearest guest pixels, weighted in 1/256
};

/// Scales the whole view onto `place` of the panel and paints the part inside `clip`.
void scaleTurned(const TurnedView& from, const surface::Rect& place, surface::Frame panel,
                 const surface::Rect& clip, Filter filter);
void scaleTurnedPlainly(const TurnedView& from, const surface::Rect& place, surface::Frame panel,
                        const surface::Rect& clip, Filter filter);

/// Halves the brightness: what the last picture of a lost guest looks like.
void dim(surface::Frame panel, const surface::Rect& r);

/// Paints an image with straight alpha (in memory B, G, R, A) over the panel; the part in `clip`.
void blend(surface::ConstFrame image, surface::Frame panel, int left, int top,
           const surface::Rect& clip);

}  // namespace lucarne::kiosk
