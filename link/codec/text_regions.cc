// SPDX-License-Identifier: Apache-2.0
#include "link/codec/text_regions.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "link/codec/wire.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::kColourMask;
using surface::Pixel;
using surface::Rect;
using surface::Size;

namespace {

constexpr int kBlock = 16;
constexpr std::size_t kMaxRegions = 12;
// Less is as well sent as tiles.
constexpr int kLeastBlocks = 16;
// More colours than a palette has are no text.
constexpr std::size_t kMaxColours = 256;
// A part as wide as this may be a tile high.
constexpr int kWidest = static_cast<int>(kMaxTileOpPixels) / kTile;

bool same(Pixel a, Pixel b) { return ((a ^ b) & kColourMask) == 0; }

// Of text a quarter of the pixels are paper, or half are as the one before or above: the inside of strokes
// too. Of a photograph's grain hardly any is.
bool looksDrawn(ConstFrame picture, const Rect& block) {
  std::array<std::uint16_t, 64> counts{};
  int alike = 0;
  int most = 0;
  for (int y = block.y; y < block.bottom(); ++y) {
    const Pixel* row = picture.row(y);
    const Pixel* above = picture.row(std::max(y - 1, block.y));
    for (int x = block.x; x < block.right(); ++x) {
      const Pixel left = row[std::max(x - 1, block.x)];
      alike += (y > block.y && same(row[x], above[x])) || (x > block.x && same(row[x], left));
      most = std::max<int>(most, ++counts[(row[x] & kColourMask) * 0x9e3779b1u >> 26]);
    }
  }
  return alike * 2 >= block.pixels() || (alike * 5 >= block.pixels() * 2 && most * 4 >= block.pixels());
}

// Which blocks of the picture are drawn.
class Blocks {
 public:
  Blocks(ConstFrame picture, const std::vector<Rect>& changed)
      : size_{(picture.size.width + kBlock - 1) / kBlock, (picture.size.height + kBlock - 1) / kBlock},
        drawn_(static_cast<std::size_t>(size_.pixels()), State::Unknown) {
    for (const Rect& r : changed) {
      for (int y = r.y / kBlock; y <= (r.bottom() - 1) / kBlock; ++y) {
        for (int x = r.x / kBlock; x <= (r.right() - 1) / kBlock; ++x) {
          State& state = at(x, y);
          if (state != State::Unknown) continue;
          const Rect block{x * kBlock, y * kBlock, kBlock, kBlock};
          state = looksDrawn(picture, intersect(block, Rect::of(picture.size))) ? State::Drawn : State::Other;
        }
      }
    }
  }

  // The largest rectangle of drawn blocks, in blocks: for each row how far up they reach, and over
  // those heights the largest rectangle under a skyline.
  Rect largest() const {
    Rect best;
    std::vector<int> heights(static_cast<std::size_t>(size_.width) + 1, 0);
    std::vector<int> open;
    for (int y = 0; y < size_.height; ++y) {
      open.clear();
      for (int x = 0; x <= size_.width; ++x) {
        const auto column = static_cast<std::size_t>(x);
        heights[column] = x < size_.width && at(x, y) == State::Drawn ? heights[column] + 1 : 0;
        while (!open.empty() && heights[static_cast<std::size_t>(open.back())] >= heights[column]) {
          const int height = heights[static_cast<std::size_t>(open.back())];
          open.pop_back();
          const int left = open.empty() ? 0 : open.back() + 1;
          const Rect r{left, y - height + 1, x - left, height};
          if (r.pixels() > best.pixels()) best = r;
        }
        open.push_back(x);
      }
    }
    return best;
  }

  void take(const Rect& blocks) {
    for (int y = blocks.y; y < blocks.bottom(); ++y) {
      for (int x = blocks.x; x < blocks.right(); ++x) at(x, y) = State::Other;
    }
  }

 private:
  enum class State : std::uint8_t { Unknown, Drawn, Other };

  State& at(int x, int y) { return drawn_[static_cast<std::size_t>(y * size_.width + x)]; }
  State at(int x, int y) const { return drawn_[static_cast<std::size_t>(y * size_.width + x)]; }

  Size size_;
  std::vector<State> drawn_;
};

// From rectangles of blocks, of which the outermost may be half photograph, to rectangles of pixels: the
// edges of what is surely text move outwards as long as nearly all that is there has its colours.
class Grower {
 public:
  Grower(ConstFrame picture, const Rect& blocks) : picture_(picture), rect_(inner(blocks)) {}

  Rect grown() {
    if (!learnColours(rect_)) return rect_;
    for (const Side side : {Side::Top, Side::Bottom, Side::Left, Side::Right}) grow(side);
    return rect_;
  }

 private:
  static constexpr int kFarthest = 2 * kBlock - 1;
  static constexpr int kFrameChanges = 4;

  static Rect inner(const Rect& r) {
    const int x = r.width > 3 * kBlock ? kBlock : 0;
    const int y = r.height > 3 * kBlock ? kBlock : 0;
    return {r.x + x, r.y + y, r.width - 2 * x, r.height - 2 * y};
  }

  // False: there are too many.
  bool learnColours(const Rect& r) {
    for (int y = r.y; y < r.bottom(); ++y) {
      Pixel last = ~Pixel{0};
      for (int x = r.x; x < r.right(); ++x) {
        const Pixel colour = picture_.at(x, y) & kColourMask;
        if (colour != last) colours_.insert(last = colour);
      }
      if (colours_.size() > kMaxColours) return false;
    }
    return true;
  }

  enum class Side { Top, Bottom, Left, Right };

  // The line of pixels beyond an edge.
  Rect beyond(Side side) const {
    switch (side) {
      case Side::Top: return {rect_.x, rect_.y - 1, rect_.width, 1};
      case Side::Bottom: return {rect_.x, rect_.bottom(), rect_.width, 1};
      case Side::Left: return {rect_.x - 1, rect_.y, 1, rect_.height};
      case Side::Right: break;
    }
    return {rect_.right(), rect_.y, 1, rect_.height};
  }

  // Or a line of a frame around it.
  bool belongs(const Rect& line) const {
    std::int64_t known = 0;
    int changes = 0;
    Pixel last = picture_.at(line.x, line.y);
    for (int y = line.y; y < line.bottom(); ++y) {
      for (int x = line.x; x < line.right(); ++x) {
        const Pixel colour = picture_.at(x, y);
        known += colours_.contains(colour & kColourMask);
        changes += !same(colour, last);
        last = colour;
      }
    }
    return known * 16 >= line.pixels() * 15 || changes <= kFrameChanges;
  }

  void grow(Side side) {
    for (int i = 0; i < kFarthest; ++i) {
      const Rect line = beyond(side);
      if (!Rect::of(picture_.size).contains(line) || !belongs(line) || !learnColours(line)) return;
      rect_ = bounding(rect_, line);
    }
  }

  ConstFrame picture_;
  Rect rect_;
  std::unordered_set<Pixel> colours_;
};

// The rows at which lines of text begin: the first with ink below one that has none. How much ink a row
// has is how often its colour changes; a border that crosses every row counts for nothing.
std::vector<int> lineStarts(ConstFrame picture, const Rect& region) {
  std::vector<int> ink;
  for (int y = region.y; y < region.bottom(); ++y) {
    const Pixel* row = picture.row(y);
    int changes = 0;
    for (int x = region.x + 1; x < region.right(); ++x) changes += !same(row[x], row[x - 1]);
    ink.push_back(changes);
  }
  const int blank = *std::min_element(ink.begin(), ink.end()) + 2;
  std::vector<int> starts;
  for (std::size_t i = 1; i < ink.size(); ++i) {
    if (ink[i] > blank && ink[i - 1] <= blank) starts.push_back(region.y + static_cast<int>(i));
  }
  return starts;
}

void cutColumn(ConstFrame picture, const Rect& column, std::vector<Rect>& parts) {
  const std::vector<int> starts = lineStarts(picture, column);
  for (int y = column.y; y < column.bottom();) {
    int end = std::min(y + kTile, column.bottom());
    if (end < column.bottom()) {
      // The last line that begins within a tile's height begins the next part.
      const auto behind = std::upper_bound(starts.begin(), starts.end(), end);
      if (behind != starts.begin() && *(behind - 1) > y) end = *(behind - 1);
    }
    parts.push_back({column.x, y, column.width, end - y});
    y = end;
  }
}

}  // namespace

std::vector<Rect> findTextRegions(ConstFrame picture, const std::vector<Rect>& changed) {
  std::vector<Rect> regions;
  Blocks blocks(picture, changed);
  while (regions.size() < kMaxRegions) {
    const Rect found = blocks.largest();
    if (found.pixels() < kLeastBlocks) break;
    blocks.take(found);
    const Rect pixels{found.x * kBlock, found.y * kBlock, found.width * kBlock, found.height * kBlock};
    regions.push_back(Grower(picture, intersect(pixels, Rect::of(picture.size))).grown());
  }
  return regions;
}

std::vector<Rect> cutAtLines(ConstFrame picture, const Rect& region) {
  std::vector<Rect> parts;
  for (int x = region.x; x < region.right(); x += kWidest) {
    cutColumn(picture, {x, region.y, std::min(kWidest, region.right() - x), region.height}, parts);
  }
  return parts;
}

}  // namespace lucarne::link
