// SPDX-License-Identifier: Apache-2.0
#include "link/codec/pixel_kernels.h"

#include <algorithm>
#include <array>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::kColourMask;
using surface::Pixel;
using surface::Rect;

namespace {

// Wide rectangles are looked at in columns of this many pixels, so that the accumulators stay in the
// first-level cache.
constexpr int kColumn = 64;
constexpr Pixel kMarkMask = ~kColourMask;

// One pass over the pixels gives which columns and which rows are touched: `select` answers a
// non-zero word for a touched pixel.
template <typename Select>
Rect touchedBox(const Rect& r, Select select) {
  int left = r.right();
  int right = r.x;
  int top = r.bottom();
  int bottom = r.y;
  for (int x0 = r.x; x0 < r.right(); x0 += kColumn) {
    const int width = std::min(kColumn, r.right() - x0);
    std::array<Pixel, kColumn> columns{};
    int firstRow = -1;
    int lastRow = -1;
    for (int y = r.y; y < r.bottom(); ++y) {
      const Pixel any = select(x0, y, width, columns.data());
      if (any != 0) {
        if (firstRow < 0) firstRow = y;
        lastRow = y;
      }
    }
    if (firstRow < 0) continue;
    top = std::min(top, firstRow);
    bottom = std::max(bottom, lastRow + 1);
    int first = 0;
    while (columns[static_cast<std::size_t>(first)] == 0) ++first;
    int last = width - 1;
    while (columns[static_cast<std::size_t>(last)] == 0) --last;
    left = std::min(left, x0 + first);
    right = std::max(right, x0 + last + 1);
  }
  if (left >= right) return {};
  return {left, top, right - left, bottom - top};
}

}  // namespace

namespace {

bool differs(ConstFrame a, ConstFrame b, int x, int y) {
  return ((a.at(x, y) ^ b.at(x, y)) & kColourMask) != 0;
}

// A difference in each of the four edges: what moves all over needs no further look.
bool differsAtAllEdges(ConstFrame a, ConstFrame b, const Rect& r) {
  const auto inRow = [&](int y) {
    int x = r.x;
    while (x < r.right() && !differs(a, b, x, y)) ++x;
    return x < r.right();
  };
  const auto inColumn = [&](int x) {
    int y = r.y;
    while (y < r.bottom() && !differs(a, b, x, y)) ++y;
    return y < r.bottom();
  };
  return inRow(r.y) && inRow(r.bottom() - 1) && inColumn(r.x) && inColumn(r.right() - 1);
}

}  // namespace

Rect differingBox(ConstFrame a, ConstFrame b, const Rect& r) {
  if (!r.empty() && differsAtAllEdges(a, b, r)) return r;
  return touchedBox(r, [&](int x, int y, int width, Pixel* __restrict columns) {
    const Pixel* __restrict p = a.row(y) + x;
    const Pixel* __restrict q = b.row(y) + x;
    Pixel any = 0;
    for (int i = 0; i < width; ++i) {
      const Pixel d = (p[i] ^ q[i]) & kColourMask;
      columns[i] |= d;
      any |= d;
    }
    return any;
  });
}

Rect markedBox(ConstFrame frame, const Rect& r) {
  return touchedBox(r, [&](int x, int y, int width, Pixel* __restrict columns) {
    const Pixel* __restrict p = frame.row(y) + x;
    Pixel any = 0;
    for (int i = 0; i < width; ++i) {
      const Pixel d = p[i] & kMarkMask;
      columns[i] |= d;
      any |= d;
    }
    return any;
  });
}

bool sameColours(ConstFrame a, const Rect& r, ConstFrame b, int bx, int by) {
  for (int y = 0; y < r.height; ++y) {
    const Pixel* __restrict p = a.row(r.y + y) + r.x;
    const Pixel* __restrict q = b.row(by + y) + bx;
    Pixel any = 0;
    for (int x = 0; x < r.width; ++x) any |= p[x] ^ q[x];
    if ((any & kColourMask) != 0) return false;
  }
  return true;
}

void copyColours(ConstFrame from, Frame to, const Rect& r, Pixel mark) {
  const Pixel x = mark & kMarkMask;
  for (int y = r.y; y < r.bottom(); ++y) {
    const Pixel* __restrict p = from.row(y) + r.x;
    Pixel* __restrict q = to.row(y) + r.x;
    for (int i = 0; i < r.width; ++i) q[i] = (p[i] & kColourMask) | x;
  }
}

bool isSolid(ConstFrame frame, const Rect& r, Pixel& colour) {
  const Pixel first = frame.at(r.x, r.y) & kColourMask;
  for (int y = r.y; y < r.bottom(); ++y) {
    const Pixel* __restrict p = frame.row(y) + r.x;
    Pixel any = 0;
    for (int i = 0; i < r.width; ++i) any |= p[i] ^ first;
    if ((any & kColourMask) != 0) return false;
  }
  colour = first;
  return true;
}

Bands differingBands(ConstFrame a, ConstFrame b, const Rect& r) {
  Bands bands;
  std::int64_t filled = 0;  // pixels of the rows' own extents in the current band
  for (int y = r.y; y < r.bottom(); ++y) {
    const Rect row = differingBox(a, b, {r.x, y, r.width, 1});
    if (row.empty()) continue;
    if (bands.count > 0) {
      Rect& band = bands.rects[bands.count - 1];
      const Rect grown = bounding(band, row);
      const bool last = bands.count == kMaxBands;
      if (last || grown.pixels() * 10 <= (filled + row.width) * 11 + 40) {
        band = grown;
        filled += row.width;
        continue;
      }
    }
    bands.rects[bands.count++] = row;
    filled = row.width;
  }
  return bands;
}

Rect firstMarked(ConstFrame frame, const Rect& r, Pixel least) {
  Rect found;
  for (int y = r.y; y < r.bottom(); ++y) {
    const Pixel* row = frame.row(y);
    const auto marked = [&](int x) { return (row[x] & kMarkMask) >= least; };
    int left = r.x;
    while (left < r.right() && !marked(left)) ++left;
    int right = left;
    while (right < r.right() && marked(right)) ++right;
    if (found.empty()) {
      found = {left, y, right - left, 1};
    } else if (left == found.x && right == found.right()) {
      ++found.height;
    } else {
      break;
    }
  }
  return found.empty() ? Rect{} : found;
}

double meanSquareError(ConstFrame a, ConstFrame b, const Rect& r) {
  std::int64_t sum = 0;
  for (int y = r.y; y < r.bottom(); ++y) {
    const Pixel* __restrict p = a.row(y) + r.x;
    const Pixel* __restrict q = b.row(y) + r.x;
    std::int64_t row = 0;
    for (int x = 0; x < r.width; ++x) {
      for (int shift = 0; shift < 24; shift += 8) {
        const int d = static_cast<int>(p[x] >> shift & 0xff) - static_cast<int>(q[x] >> shift & 0xff);
        row += d * d;
      }
    }
    sum += row;
  }
  return static_cast<double>(sum) / static_cast<double>(r.pixels() * 3);
}

bool looksPhotographic(ConstFrame frame, const Rect& r) {
  // Distinct colours by a small bit set: two colours that fall together count once.
  constexpr int kEnough = 150;
  // Fewer are a photograph's, of a sky or a wall, when hardly a pixel is as the one beside it.
  constexpr int kSome = 40;
  // Of a narrow strip every row is looked at: a few pixels say nothing.
  constexpr std::int64_t kStrip = 2048;
  const int step = r.pixels() < kStrip ? 1 : 4;
  std::array<std::uint64_t, 64> seen{};
  int distinct = 0;
  std::int64_t changes = 0;
  for (int y = r.y; y < r.bottom(); y += step) {
    const Pixel* p = frame.row(y);
    for (int x = r.x + 1; x < r.right(); ++x) changes += ((p[x] ^ p[x - 1]) & kColourMask) != 0;
    for (int x = r.x; x < r.right(); ++x) {
      const std::uint32_t bit = (p[x] & kColourMask) * 0x9e3779b1u >> 20;
      const std::uint64_t mask = std::uint64_t{1} << bit % 64;
      distinct += (seen[bit / 64] & mask) == 0;
      seen[bit / 64] |= mask;
    }
    if (distinct > kEnough) return true;
  }
  // A small rectangle is a photograph when most of what was looked at is distinct.
  const std::int64_t looked = std::int64_t{r.width} * ((r.height + step - 1) / step);
  if (distinct > kSome && changes * 10 > looked * 7) return true;
  return distinct > 24 && distinct * 2 > looked;
}

namespace reference {

namespace {
template <typename Touched>
Rect boxOf(const Rect& r, Touched touched) {
  Rect box;
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      if (touched(x, y)) box = bounding(box, {x, y, 1, 1});
    }
  }
  return box;
}
}  // namespace

Rect differingBox(ConstFrame a, ConstFrame b, const Rect& r) {
  return boxOf(r, [&](int x, int y) { return ((a.at(x, y) ^ b.at(x, y)) & kColourMask) != 0; });
}

Rect markedBox(ConstFrame frame, const Rect& r) {
  return boxOf(r, [&](int x, int y) { return (frame.at(x, y) & kMarkMask) != 0; });
}

bool sameColours(ConstFrame a, const Rect& r, ConstFrame b, int bx, int by) {
  for (int y = 0; y < r.height; ++y) {
    for (int x = 0; x < r.width; ++x) {
      if (((a.at(r.x + x, r.y + y) ^ b.at(bx + x, by + y)) & kColourMask) != 0) return false;
    }
  }
  return true;
}

void copyColours(ConstFrame from, Frame to, const Rect& r, Pixel mark) {
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      to.at(x, y) = (from.at(x, y) & kColourMask) | (mark & kMarkMask);
    }
  }
}

bool isSolid(ConstFrame frame, const Rect& r, Pixel& colour) {
  colour = frame.at(r.x, r.y) & kColourMask;
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      if ((frame.at(x, y) & kColourMask) != colour) return false;
    }
  }
  return true;
}

}  // namespace reference

}  // namespace lucarne::link
