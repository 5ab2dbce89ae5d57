// SPDX-License-Identifier: Apache-2.0
// The loops that touch every pixel, written so that compilers vectorise them on x86-64 and arm64.
// `reference` holds the same in the plainest form: tests compare the two.
//
// Rectangles must lie within the frames. Colours are compared; the X byte never is, except by
// markedBox, which reads it as a mark.
#pragma once

#include <cstdint>

#include "surface/frame.h"

namespace lucarne::link {

/// The mark in the X byte of the encoder's model: the peer has this pixel only nearly.
inline constexpr surface::Pixel kInexact = 0x01000000;
/// … and roughly: a photograph in blocks; or only what it is about, from a picture of an eighth.
inline constexpr surface::Pixel kRough = 0x02000000;
inline constexpr surface::Pixel kSketched = 0x03000000;

/// The smallest rectangle around all pixels of `r` whose colours differ; empty when none does.
surface::Rect differingBox(surface::ConstFrame a, surface::ConstFrame b, const surface::Rect& r);

/// Whether the rectangle `r` of `a` shows the same as the rectangle at (bx, by) of `b`.
bool sameColours(surface::ConstFrame a, const surface::Rect& r, surface::ConstFrame b, int bx,
                 int by);

/// Copies colours and sets every X byte to that of `mark`.
void copyColours(surface::ConstFrame from, surface::Frame to, const surface::Rect& r,
                 surface::Pixel mark);

/// The smallest rectangle around all pixels of `r` whose X byte is not zero.
surface::Rect markedBox(surface::ConstFrame frame, const surface::Rect& r);

/// The one colour of the rectangle, or nothing.
bool isSolid(surface::ConstFrame frame, const surface::Rect& r, surface::Pixel& colour);

/// The differing pixels of `r` as a few rectangles one below the other, each well filled: the two
/// arms of an L instead of the square around them. At most `kMaxBands` of them; the last one takes
/// what is left.
inline constexpr int kMaxBands = 6;
struct Bands {
  int count = 0;
  surface::Rect rects[kMaxBands];
};
Bands differingBands(surface::ConstFrame a, surface::ConstFrame b, const surface::Rect& r);
/// The first rectangle in reading order of which all pixels have `least` or more in the X byte, as high
/// as its first row allows; empty: there is none.
surface::Rect firstMarked(surface::ConstFrame frame, const surface::Rect& r, surface::Pixel least);

/// A quick look at every fourth row: more colours than text has. May be wrong; costs little.
bool looksPhotographic(surface::ConstFrame frame, const surface::Rect& r);

/// Of the colours in `r`, squared, on average over the three channels.
double meanSquareError(surface::ConstFrame a, surface::ConstFrame b, const surface::Rect& r);

namespace reference {
surface::Rect differingBox(surface::ConstFrame a, surface::ConstFrame b, const surface::Rect& r);
bool sameColours(surface::ConstFrame a, const surface::Rect& r, surface::ConstFrame b, int bx,
                 int by);
void copyColours(surface::ConstFrame from, surface::Frame to, const surface::Rect& r,
                 surface::Pixel mark);
surface::Rect markedBox(surface::ConstFrame frame, const surface::Rect& r);
bool isSolid(surface::ConstFrame frame, const surface::Rect& r, surface::Pixel& colour);
}  // namespace reference

}  // namespace lucarne::link
