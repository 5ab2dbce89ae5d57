// SPDX-License-Identifier: Apache-2.0
#include "link/codec/eighth.h"

#include <algorithm>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;
using surface::Size;

namespace {

Pixel meanOf(ConstFrame picture, int x0, int y0, int width, int height) {
  unsigned blue = 0;
  unsigned green = 0;
  unsigned red = 0;
  for (int y = y0; y < y0 + height; ++y) {
    const Pixel* row = picture.row(y);
    for (int x = x0; x < x0 + width; ++x) {
      blue += row[x] & 0xff;
      green += row[x] >> 8 & 0xff;
      red += row[x] >> 16 & 0xff;
    }
  }
  const auto count = static_cast<unsigned>(width * height);
  return (red / count) << 16 | (green / count) << 8 | blue / count;
}

// Where a pixel lies between the centres of two small ones, in sixteenths: pixel 3 and 4 of eight are
// half a pixel from the centre.
struct Between {
  int low;
  int high;
  unsigned part;  // of `high`, of 16
};

Between between(int at, int count) {
  const int sixteenths = std::max(2 * at + 1 - kEighth, 0);
  const int low = std::min(sixteenths / 16, count - 1);
  return {low, std::min(low + 1, count - 1), static_cast<unsigned>(sixteenths % 16)};
}

// Two colours mixed, two channels at a time.
Pixel mix(Pixel a, Pixel b, unsigned partOfB) {
  constexpr Pixel kOuter = 0x00ff00ff;
  constexpr Pixel kInner = 0x0000ff00;
  const Pixel outer = ((a & kOuter) * (16 - partOfB) + (b & kOuter) * partOfB) >> 4 & kOuter;
  const Pixel inner = ((a & kInner) * (16 - partOfB) + (b & kInner) * partOfB) >> 4 & kInner;
  return outer | inner;
}

}  // namespace

Size eighthOf(Size size) {
  return {(size.width + kEighth - 1) / kEighth, (size.height + kEighth - 1) / kEighth};
}

void shrinkToEighth(ConstFrame picture, Frame small) {
  for (int y = 0; y < small.size.height; ++y) {
    const int height = std::min(kEighth, picture.size.height - y * kEighth);
    for (int x = 0; x < small.size.width; ++x) {
      const int width = std::min(kEighth, picture.size.width - x * kEighth);
      small.at(x, y) = meanOf(picture, x * kEighth, y * kEighth, width, height);
    }
  }
}

void stretchEighth(ConstFrame small, Frame picture) {
  std::vector<Pixel> row(static_cast<std::size_t>(small.size.width));
  std::vector<Between> columns;
  for (int x = 0; x < picture.size.width; ++x) columns.push_back(between(x, small.size.width));
  for (int y = 0; y < picture.size.height; ++y) {
    const Between rows = between(y, small.size.height);
    for (int x = 0; x < small.size.width; ++x) {
      row[static_cast<std::size_t>(x)] = mix(small.at(x, rows.low), small.at(x, rows.high), rows.part);
    }
    Pixel* to = picture.row(y);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const Between& c = columns[x];
      to[x] = mix(row[static_cast<std::size_t>(c.low)], row[static_cast<std::size_t>(c.high)], c.part);
    }
  }
}

}  // namespace lucarne::link
