// SPDX-License-Identifier: Apache-2.0
#include "link/codec/video_regions.h"

#include <algorithm>

#include "link/codec/video_library.h"

namespace lucarne::link {

using surface::Rect;

namespace {

// What moves for this long goes on: longer than a window is dragged by one move of the hand.
constexpr base::Duration kSettled = std::chrono::milliseconds(600);
constexpr int kLeastChanges = 4;
// … without a pause longer than this. Slow lines look at the picture five times a second only.
constexpr base::Duration kPause = std::chrono::milliseconds(450);
// Of a rectangle's pixels this part, in percent, belongs to tiles that move.
constexpr std::int64_t kFilled = 75;
// A tile of which less than this changed each time has a cursor in it, not a video.
constexpr std::int64_t kLeastOfTile = 8;

}  // namespace

struct VideoRegions::Region {
  Rect bounds;  // of what changed
  std::vector<std::size_t> tiles;
};

void VideoRegions::reset(surface::Size picture) {
  picture_ = picture;
  tiles_.assign(static_cast<std::size_t>(tileGrid(picture).pixels()), {});
}

void VideoRegions::note(std::size_t tile, const Rect& changed, base::TimePoint now) {
  Tile& t = tiles_[tile];
  if (t.changes == 0 || now - t.last > kPause) t = {now, now, 0, {}};
  t.last = now;
  ++t.changes;
  t.box = bounding(t.box, changed);
}

bool VideoRegions::moves(const Tile& tile, base::TimePoint now) const {
  return tile.changes >= kLeastChanges && now - tile.last <= kPause && now - tile.since >= kSettled;
}

// The tiles that move and touch each other.
VideoRegions::Region VideoRegions::regionAt(std::size_t tile, base::TimePoint now,
                                            std::vector<bool>& seen) const {
  const auto across = static_cast<std::size_t>(tileGrid(picture_).width);
  Region region;
  std::vector<std::size_t> next{tile};
  seen[tile] = true;
  const auto visit = [&](std::size_t i) {
    if (seen[i] || !moves(tiles_[i], now)) return;
    seen[i] = true;
    next.push_back(i);
  };
  while (!next.empty()) {
    const std::size_t i = next.back();
    next.pop_back();
    region.tiles.push_back(i);
    region.bounds = bounding(region.bounds, tiles_[i].box);
    if (i % across > 0) visit(i - 1);
    if (i % across + 1 < across) visit(i + 1);
    if (i >= across) visit(i - across);
    if (i + across < tiles_.size()) visit(i + across);
  }
  return region;
}

bool VideoRegions::isVideo(const Region& region, Rect& r) const {
  const int left = region.bounds.x & ~1;
  const int top = region.bounds.y & ~1;
  const int right = std::min(region.bounds.right() + 1, picture_.width) & ~1;
  const int bottom = std::min(region.bounds.bottom() + 1, picture_.height) & ~1;
  r = {left, top, right - left, bottom - top};
  if (r.width < kLeastSide || r.height < kLeastSide || !isVideoSize(r.size())) return false;
  std::int64_t filled = 0;
  for (const std::size_t i : region.tiles) {
    const Rect place = intersect(tileRect(i, picture_), r);
    if (tiles_[i].box.pixels() * kLeastOfTile >= place.pixels()) filled += place.pixels();
  }
  return filled * 100 >= r.pixels() * kFilled;
}

std::vector<Rect> VideoRegions::find(base::TimePoint now) const {
  std::vector<Rect> found;
  std::vector<bool> seen(tiles_.size());
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    if (seen[i] || !moves(tiles_[i], now)) continue;
    Rect r;
    if (isVideo(regionAt(i, now, seen), r)) found.push_back(r);
  }
  std::sort(found.begin(), found.end(),
            [](const Rect& a, const Rect& b) { return a.pixels() > b.pixels(); });
  std::vector<Rect> chosen;
  for (const Rect& r : found) {
    const auto overlaps = [&r](const Rect& c) { return !intersect(c, r).empty(); };
    if (chosen.size() < kVideos && std::none_of(chosen.begin(), chosen.end(), overlaps)) {
      chosen.push_back(r);
    }
  }
  return chosen;
}

}  // namespace lucarne::link
