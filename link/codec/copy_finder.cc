// SPDX-License-Identifier: Apache-2.0
#include "link/codec/copy_finder.h"

#include <algorithm>
#include <bit>

#include "link/codec/pixel_kernels.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::kColourMask;
using surface::Pixel;
using surface::Rect;

namespace {

constexpr int kRun = 16;         // pixels of a probe: half a word of text, or a grain of a photograph
constexpr int kRowStep = 4;      // every so many rows are searched, so probes come in as many rows
constexpr int kMaxProbeTiles = 40;
constexpr int kMinSteps = 4;     // colour changes within a probe: less is found everywhere
constexpr int kBlock = 16;       // pixels, side: how finely a candidate is tried out
constexpr int kMaxOffsets = 4;   // candidates tried out
constexpr std::int64_t kMinGain = 1536;  // changed pixels: below, a copy saves nothing worth a search
constexpr std::int64_t kVoteLimit = 4096;  // hits looked at in one search
constexpr std::int64_t kTiring = 1 << 17;  // pixels: a search of fewer that finds nothing costs nothing
constexpr int kMaxRest = 15;     // frames: a drag that begins under a video is seen within 250 ms

inline std::uint32_t mix(Pixel p) {
  const std::uint32_t h = (p & kColourMask) * 0x9e3779b1u;
  return h ^ h >> 15;
}

std::uint32_t runHash(const Pixel* p) {
  std::uint32_t h = 0;
  for (int i = 0; i < kRun; ++i) h = std::rotl(h, 1) ^ mix(p[i]);
  return h;
}

int steps(const Pixel* p) {
  int n = 0;
  for (int i = 1; i < kRun; ++i) n += ((p[i] ^ p[i - 1]) & kColourMask) != 0;
  return n;
}

}  // namespace

void CopyFinder::addProbe(ConstFrame now, int x, int y) {
  const std::uint32_t hash = runHash(now.row(y) + x);
  for (std::size_t at = hash % kTable;; at = (at + 1) % kTable) {
    Probe& probe = table_[at];
    if (probe.used && probe.hash == hash) return;  // twice the same: says nothing about distance
    if (!probe.used) {
      probe = {hash, x, y, true};
      bloom_[(hash >> 19) / 64] |= std::uint64_t{1} << (hash >> 19) % 64;
      ++probes_;
      return;
    }
  }
}

// One place of the part, in kRowStep rows one below the other, where something is to be seen.
void CopyFinder::addProbes(ConstFrame now, ConstFrame before, const Rect& part) {
  if (part.width < kRun || part.height < kRowStep) return;
  for (int y = part.y; y + kRowStep <= part.bottom(); y += 5) {
    for (int x = part.x; x + kRun <= part.right(); x += 11) {
      if (steps(now.row(y) + x) < kMinSteps) continue;
      if (sameColours(now, {x, y, kRun, 1}, before, x, y)) continue;
      int rows = 0;
      for (int i = 0; i < kRowStep; ++i) rows += steps(now.row(y + i) + x) >= kMinSteps;
      if (rows < kRowStep) continue;
      for (int i = 0; i < kRowStep; ++i) addProbe(now, x, y + i);
      return;
    }
  }
}

// Whether most of some changed places look as if they had moved as before.
bool CopyFinder::stillMoves(ConstFrame now, ConstFrame before, const TileMap& tiles,
                            const std::vector<std::size_t>& changed) const {
  if (!lastKnown_) return false;
  int looked = 0;
  int same = 0;
  for (std::size_t i = 0; i < changed.size(); i += changed.size() / 16 + 1) {
    const Rect& part = tiles[changed[i]].changed;
    const Rect middle = intersect(part, {part.x + part.width / 2 - kBlock / 2,
                                         part.y + part.height / 2 - kBlock / 2, kBlock, kBlock});
    const Rect source{middle.x + last_.dx, middle.y + last_.dy, middle.width, middle.height};
    // Bare paper looks the same wherever it came from.
    Pixel colour = 0;
    if (middle.empty() || isSolid(now, middle, colour)) continue;
    ++looked;
    same += Rect::of(before.size).contains(source) &&
            sameColours(now, middle, before, source.x, source.y);
  }
  return same * 2 > looked;
}

bool CopyFinder::search(ConstFrame now, ConstFrame before, const TileMap& tiles,
                        const std::vector<std::size_t>& changed, const Rect& bounds) {
  offsets_.clear();
  if (lastKnown_) offsets_.push_back(last_);
  if (stillMoves(now, before, tiles, changed)) return true;
  if (resting_ > 0) {
    --resting_;
    return lastKnown_;
  }
  table_.fill({});
  bloom_.fill(0);
  probes_ = 0;
  const std::size_t stride = changed.size() / kMaxProbeTiles + 1;
  for (std::size_t i = 0; i < changed.size(); i += stride) {
    addProbes(now, before, tiles[changed[i]].changed);
  }
  if (probes_ > 0) lookFor(now, before, bounds);
  std::stable_sort(offsets_.begin() + (lastKnown_ ? 1 : 0), offsets_.end(),
                   [](const Offset& a, const Offset& b) { return a.votes > b.votes; });
  if (offsets_.size() > kMaxOffsets) offsets_.resize(kMaxOffsets);
  if (offsets_.empty() && bounds.pixels() >= kTiring) finish(false);
  return !offsets_.empty();
}

void CopyFinder::lookFor(ConstFrame now, ConstFrame before, const Rect& bounds) {
  if (bounds.width < kRun) return;
  std::int64_t hits = 0;
  for (int y = bounds.y; y < bounds.bottom(); y += kRowStep) {
    const Pixel* row = before.row(y);
    std::uint32_t h = runHash(row + bounds.x);
    for (int x = bounds.x;; ++x) {
      if ((bloom_[(h >> 19) / 64] >> (h >> 19) % 64 & 1) != 0) {
        if (++hits > kVoteLimit) return;
        onHash(now, before, h, x, y);
      }
      if (x + kRun >= bounds.right()) break;
      h = std::rotl(h, 1) ^ std::rotl(mix(row[x]), kRun) ^ mix(row[x + kRun]);
    }
  }
}

void CopyFinder::onHash(ConstFrame now, ConstFrame before, std::uint32_t hash, int x, int y) {
  for (std::size_t at = hash % kTable; table_[at].used; at = (at + 1) % kTable) {
    const Probe& probe = table_[at];
    if (probe.hash != hash) continue;
    if (sameColours(now, {probe.x, probe.y, kRun, 1}, before, x, y)) vote(x - probe.x, y - probe.y);
    return;
  }
}

void CopyFinder::vote(int dx, int dy) {
  if (dx == 0 && dy == 0) return;
  const Offset offset{dx, dy, 1};
  const auto found = std::find(offsets_.begin(), offsets_.end(), offset);
  if (found != offsets_.end()) {
    ++found->votes;
  } else if (offsets_.size() < 256) {
    offsets_.push_back(offset);
  }
}

// Which blocks of `bounds` are the same when moved, and the largest rectangle of such blocks: row by
// row, the heights of the columns of matching blocks, and a stack over them.
Rect CopyFinder::largestMatch(ConstFrame now, ConstFrame before, const Offset& offset,
                              const Rect& bounds) {
  // The part of the bounds whose source lies within the picture.
  const Rect source = intersect({bounds.x + offset.dx, bounds.y + offset.dy, bounds.width,
                                 bounds.height}, Rect::of(before.size));
  const Rect area{source.x - offset.dx, source.y - offset.dy, source.width, source.height};
  const int across = area.width / kBlock;
  const int down = area.height / kBlock;
  if (across <= 0 || down <= 0) return {};
  heights_.assign(static_cast<std::size_t>(across) + 1, 0);
  std::vector<int> stack;
  Rect best;
  for (int by = 0; by < down; ++by) {
    for (int bx = 0; bx < across; ++bx) {
      const Rect block{area.x + bx * kBlock, area.y + by * kBlock, kBlock, kBlock};
      int& height = heights_[static_cast<std::size_t>(bx)];
      height = sameColours(now, block, before, block.x + offset.dx, block.y + offset.dy)
                   ? height + 1 : 0;
    }
    stack.clear();
    for (int bx = 0; bx <= across; ++bx) {  // the last column is a sentinel of height 0
      const int height = heights_[static_cast<std::size_t>(bx)];
      while (!stack.empty() && heights_[static_cast<std::size_t>(stack.back())] >= height) {
        const int tall = heights_[static_cast<std::size_t>(stack.back())];
        stack.pop_back();
        const int left = stack.empty() ? 0 : stack.back() + 1;
        const Rect r{area.x + left * kBlock, area.y + (by + 1 - tall) * kBlock,
                     (bx - left) * kBlock, tall * kBlock};
        if (r.pixels() > best.pixels()) best = r;
      }
      stack.push_back(bx);
    }
  }
  return best;
}

namespace {

// Adds rows and columns that match too; at most a block, the rest was looked at.
Rect grow(ConstFrame now, ConstFrame before, int dx, int dy, Rect r) {
  const Rect inside = intersect(Rect::of(now.size), {-dx, -dy, now.size.width, now.size.height});
  const auto matches = [&](const Rect& strip) {
    return inside.contains(strip) && sameColours(now, strip, before, strip.x + dx, strip.y + dy);
  };
  for (int i = 0; i < kBlock && matches({r.x, r.y - 1, r.width, 1}); ++i) --r.y, ++r.height;
  for (int i = 0; i < kBlock && matches({r.x, r.bottom(), r.width, 1}); ++i) ++r.height;
  for (int i = 0; i < kBlock && matches({r.x - 1, r.y, 1, r.height}); ++i) --r.x, ++r.width;
  for (int i = 0; i < kBlock && matches({r.right(), r.y, 1, r.height}); ++i) ++r.width;
  return r;
}

std::int64_t gainOf(const TileMap& tiles, const Rect& r) {
  std::int64_t gain = 0;
  tiles.visit(r, [&](std::size_t index, const Rect& part) {
    gain += intersect(tiles[index].changed, part).pixels();
  });
  return gain;
}

}  // namespace

std::optional<Move> CopyFinder::best(ConstFrame now, ConstFrame before, const TileMap& tiles,
                                     const Rect& bounds) {
  std::int64_t most = kMinGain - 1;
  std::optional<Move> found;
  for (const Offset& offset : offsets_) {
    Rect r = largestMatch(now, before, offset, bounds);
    if (r.empty()) continue;
    r = grow(now, before, offset.dx, offset.dy, r);
    const std::int64_t gain = gainOf(tiles, r);
    if (gain > most) {
      most = gain;
      found = Move{r, {r.x + offset.dx, r.y + offset.dy}};
      last_ = offset;
      lastKnown_ = true;
    }
    // The first candidate is what worked before: when it explains most, the others need no look.
    if (most * 2 > bounds.pixels()) break;
  }
  return found;
}

void CopyFinder::finish(bool useful) {
  if (useful) {
    nextRest_ = 0;
    return;
  }
  lastKnown_ = false;
  resting_ = nextRest_;
  nextRest_ = std::min(2 * nextRest_ + 1, kMaxRest);
}

}  // namespace lucarne::link
