// SPDX-License-Identifier: Apache-2.0
#include "link/codec/tile_cache.h"

#include <algorithm>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;
using surface::Rect;

void TileCache::reset(surface::Size picture) {
  picture_ = picture;
  const auto tiles = static_cast<std::size_t>(tileGrid(picture).pixels());
  slots_.clear();
  slots_.resize(std::min(2 * tiles, kMaxSlots));
  newest_.assign(tiles, kNone);
  next_ = 0;
}

void TileCache::store(ConstFrame picture, std::size_t tile) {
  Slot& slot = slots_[next_];
  if (!slot.pixels) slot.pixels = std::make_unique<Pixel[]>(kTile * kTile);
  const Rect r = tileRect(tile, picture_);
  copyPixels(picture.part(r), Frame{slot.pixels.get(), r.size(), kTile * 4}, Rect::of(r.size()));
  slot.size = r.size();
  slot.tile = static_cast<std::int32_t>(tile);
  slot.older = newest_[tile];
  newest_[tile] = static_cast<std::int32_t>(next_);
  next_ = (next_ + 1) % slots_.size();
}

std::optional<ConstFrame> TileCache::content(std::size_t slot, const Rect& r) const {
  if (slot >= slots_.size() || slots_[slot].tile == kNone) return std::nullopt;
  const Slot& s = slots_[slot];
  const Rect inside{r.x % kTile, r.y % kTile, r.width, r.height};
  if (!Rect::of(s.size).contains(inside)) return std::nullopt;
  return ConstFrame{s.pixels.get(), s.size, kTile * 4}.part(inside);
}

TileCache::Candidates TileCache::candidates(std::size_t tile) const {
  Candidates found;
  std::int32_t slot = newest_[tile];
  while (slot != kNone && found.count < kDepth) {
    const Slot& s = slots_[static_cast<std::size_t>(slot)];
    if (s.tile != static_cast<std::int32_t>(tile)) break;  // the ring went over it
    found.slots[found.count++] = static_cast<std::size_t>(slot);
    slot = s.older;
  }
  return found;
}

}  // namespace lucarne::link
