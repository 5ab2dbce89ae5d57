// SPDX-License-Identifier: Apache-2.0
#include "kiosk/blit.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace lucarne::kiosk {

using surface::ConstFrame;
using surface::Frame;
using surface::intersect;
using surface::Pixel;
using surface::Rect;
using surface::Rotation;
using surface::Size;

namespace {

constexpr std::ptrdiff_t kPixelBytes = sizeof(Pixel);

// A tile's side in pixels: 16 pixels are one 64-byte cache line; 64 of them in the other direction
// are 4 KiB of lines that stay in the first-level cache while they are read piece by piece.
constexpr int kTileAlong = 16;
constexpr int kTileAcross = 64;

using Four = Pixel __attribute__((vector_size(16)));

Four load(const Pixel* from) {
  Four v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

void store(Pixel* to, Four v) { std::memcpy(to, &v, sizeof v); }

Four reversed(Four v) { return __builtin_shufflevector(v, v, 3, 2, 1, 0); }

// Four columns of four pixels become four rows.
struct Square {
  Four rows[4];
};

Square transposed(Four a, Four b, Four c, Four d) {
  const Four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return {{__builtin_shufflevector(ab0, cd0, 0, 1, 4, 5),
           __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7),
           __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5),
           __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7)}};
}

void copyPlainly(const TurnedView& from, const Rect& r, Frame panel, int left, int top) {
  for (int y = r.y; y < r.bottom(); ++y) {
    Pixel* to = panel.row(top + y) + left;
    for (int x = r.x; x < r.right(); ++x) to[x] = *from.at(x, y);
  }
}

// Upside down: each row backwards.
void copyMirrored(const TurnedView& from, const Rect& r, Frame panel, int left, int top) {
  for (int y = r.y; y < r.bottom(); ++y) {
    Pixel* to = panel.row(top + y) + left + r.x;
    const Pixel* end = from.at(r.x, y) + 1;  // one past the row's first panel pixel, in memory
    int done = 0;
    for (; done + 4 <= r.width; done += 4) store(to + done, reversed(load(end - done - 4)));
    for (; done < r.width; ++done) to[done] = *(end - done - 1);
  }
}

// A quarter turn of one tile: panel columns are runs of memory, forwards or backwards.
void transposeTile(const TurnedView& from, const Rect& r, Frame panel, int left, int top) {
  const bool forwards = from.stepY > 0;
  const int wholeX = r.width / 4 * 4;
  const int wholeY = r.height / 4 * 4;
  for (int y = r.y; y < r.y + wholeY; y += 4) {
    for (int x = r.x; x < r.x + wholeX; x += 4) {
      const int start = forwards ? y : y + 3;
      const Square square = transposed(load(from.at(x, start)), load(from.at(x + 1, start)),
                                       load(from.at(x + 2, start)), load(from.at(x + 3, start)));
      for (int i = 0; i < 4; ++i) {
        store(panel.row(top + y + i) + left + x, square.rows[forwards ? i : 3 - i]);
      }
    }
  }
  copyPlainly(from, {r.x + wholeX, r.y, r.width - wholeX, wholeY}, panel, left, top);
  copyPlainly(from, {r.x, r.y + wholeY, r.width, r.height - wholeY}, panel, left, top);
}

void copyTransposed(const TurnedView& from, const Rect& r, Frame panel, int left, int top) {
  for (int y = r.y; y < r.bottom(); y += kTileAlong) {
    for (int x = r.x; x < r.right(); x += kTileAcross) {
      transposeTile(from, intersect(r, {x, y, kTileAcross, kTileAlong}), panel, left, top);
    }
  }
}

// `part` cut to the view and to the panel, in the view's pixels.
Rect reachable(const TurnedView& from, const Rect& part, Frame panel, int left, int top) {
  return intersect(intersect(part, Rect::of(from.size)),
                   {-left, -top, panel.size.width, panel.size.height});
}

// Where one panel column (or row) reads: two guest columns and the second one's share of 256.
struct Tap {
  std::ptrdiff_t first;
  std::ptrdiff_t second;
  std::uint32_t share;
};

Tap tapAt(int offset, int placed, int available, std::ptrdiff_t step, Filter filter) {
  if (filter == Filter::Nearest) {
    const std::ptrdiff_t at = step * (std::int64_t{offset} * available / placed);
    return {at, at, 0};
  }
  // The middle of panel pixel `offset`, in 1/256 guest pixels counted between guest pixels' middles.
  const std::int64_t middle =
      std::max<std::int64_t>(0, (2 * std::int64_t{offset} + 1) * available * 128 / placed - 128);
  const auto below = std::min<std::int64_t>(middle >> 8, available - 1);
  const auto above = std::min<std::int64_t>(below + 1, available - 1);
  return {step * below, step * above, static_cast<std::uint32_t>(middle & 255)};
}

Pixel mix(Pixel a, Pixel b, std::uint32_t share) {
  constexpr Pixel kRedBlue = 0xff00ff;
  constexpr Pixel kGreen = 0x00ff00;
  const Pixel redBlue = ((a & kRedBlue) * (256 - share) + (b & kRedBlue) * share) >> 8;
  const Pixel green = ((a & kGreen) * (256 - share) + (b & kGreen) * share) >> 8;
  return (redBlue & kRedBlue) | (green & kGreen);
}

Pixel sample(const TurnedView& from, const Tap& x, const Tap& y) {
  const auto at = [base = reinterpret_cast<const std::byte*>(from.origin)](std::ptrdiff_t offset) {
    return *reinterpret_cast<const Pixel*>(base + offset);
  };
  if ((x.share | y.share) == 0) return at(x.first + y.first);
  return mix(mix(at(x.first + y.first), at(x.second + y.first), x.share),
             mix(at(x.first + y.second), at(x.second + y.second), x.share), y.share);
}

}  // namespace

TurnedView turnedView(ConstFrame picture, Rotation rotation) {
  const Size size = picture.size;
  const Size across{size.height, size.width};
  const std::ptrdiff_t stride = picture.strideBytes;
  const int lastX = size.width - 1;
  const int lastY = size.height - 1;
  switch (rotation) {
    case Rotation::Deg0:
      break;
    case Rotation::Deg90:
      return {picture.row(lastY), -stride, kPixelBytes, across};
    case Rotation::Deg180:
      return {picture.row(lastY) + lastX, -kPixelBytes, -stride, size};
    case Rotation::Deg270:
      return {picture.row(0) + lastX, stride, -kPixelBytes, across};
  }
  return {picture.row(0), kPixelBytes, stride, size};
}

void copyTurned(const TurnedView& from, const Rect& part, Frame panel, int left, int top) {
  const Rect r = reachable(from, part, panel, left, top);
  if (r.empty()) return;
  if (from.stepX == kPixelBytes) {
    for (int y = r.y; y < r.bottom(); ++y) {
      std::memcpy(panel.row(top + y) + left + r.x, from.at(r.x, y),
                  static_cast<std::size_t>(r.width) * sizeof(Pixel));
    }
  } else if (from.stepX == -kPixelBytes) {
    copyMirrored(from, r, panel, left, top);
  } else {
    copyTransposed(from, r, panel, left, top);
  }
}

void copyTurnedPlainly(const TurnedView& from, const Rect& part, Frame panel, int left, int top) {
  copyPlainly(from, reachable(from, part, panel, left, top), panel, left, top);
}

void scaleTurned(const TurnedView& from, const Rect& place, Frame panel, const Rect& clip,
                 Filter filter) {
  const Rect r = intersect(intersect(place, clip), Rect::of(panel.size));
  if (r.empty() || from.size.empty()) return;
  std::vector<Tap> columns;
  columns.reserve(static_cast<std::size_t>(r.width));
  for (int x = r.x; x < r.right(); ++x) {
    columns.push_back(tapAt(x - place.x, place.width, from.size.width, from.stepX, filter));
  }
  // In strips as wide as a tile, so that the lines which a quarter turn reads again stay cached.
  for (int strip = 0; strip < r.width; strip += kTileAcross) {
    const int end = std::min(strip + kTileAcross, r.width);
    for (int y = r.y; y < r.bottom(); ++y) {
      const Tap row = tapAt(y - place.y, place.height, from.size.height, from.stepY, filter);
      Pixel* to = panel.row(y) + r.x;
      for (int x = strip; x < end; ++x) {
        to[x] = sample(from, columns[static_cast<std::size_t>(x)], row);
      }
    }
  }
}

void scaleTurnedPlainly(const TurnedView& from, const Rect& place, Frame panel, const Rect& clip,
                        Filter filter) {
  const Rect r = intersect(intersect(place, clip), Rect::of(panel.size));
  if (from.size.empty()) return;
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      panel.at(x, y) =
          sample(from, tapAt(x - place.x, place.width, from.size.width, from.stepX, filter),
                 tapAt(y - place.y, place.height, from.size.height, from.stepY, filter));
    }
  }
}

void dim(Frame panel, const Rect& r) {
  const Rect part = intersect(r, Rect::of(panel.size));
  for (int y = part.y; y < part.bottom(); ++y) {
    Pixel* row = panel.row(y);
    for (int x = part.x; x < part.right(); ++x) row[x] = row[x] >> 1 & 0x7f7f7f;
  }
}

void blend(ConstFrame image, Frame panel, int left, int top, const Rect& clip) {
  const Rect r = intersect(intersect({left, top, image.size.width, image.size.height}, clip),
                           Rect::of(panel.size));
  for (int y = r.y; y < r.bottom(); ++y) {
    const Pixel* from = image.row(y - top) - left;
    Pixel* to = panel.row(y);
    for (int x = r.x; x < r.right(); ++x) {
      // 0…255 becomes 0…256, so that opaque replaces and transparent leaves exactly.
      const std::uint32_t alpha = from[x] >> 24;
      to[x] = mix(to[x], from[x], alpha + (alpha >> 7));
    }
  }
}

}  // namespace lucarne::kiosk
