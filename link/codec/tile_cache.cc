// SPDX-License-Identifier: Apache-2.0
#include "link/codec/tile_cache.h"

#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "link/codec/picture_digest.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;
using surface::Rect;

namespace {

std::uint64_t hashOf(std::uint64_t before, std::uint64_t a, std::uint64_t b) {
  std::array<std::uint8_t, 24> bytes;
  std::size_t at = 0;
  for (const std::uint64_t value : {before, a, b}) {
    for (int shift = 0; shift < 64; shift += 8) bytes[at++] = static_cast<std::uint8_t>(value >> shift);
  }
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

void TileCache::reset(surface::Size picture) {
  picture_ = picture;
  const auto tiles = static_cast<std::size_t>(tileGrid(picture).pixels());
  slots_.clear();
  slots_.resize(std::min(2 * tiles, kMaxSlots));
  newest_.assign(tiles, kNone);
  digests_.assign(slots_.size() + 1, 0);
  stores_ = 0;
  digests_[0] = hashOf(0, static_cast<std::uint64_t>(picture.width),
                       static_cast<std::uint64_t>(picture.height));
}

void TileCache::store(ConstFrame picture, std::size_t tile) {
  const std::size_t at = slotOf(stores_);
  Slot& slot = slots_[at];
  if (!slot.pixels) slot.pixels = std::make_unique<Pixel[]>(kTile * kTile);
  const Rect r = tileRect(tile, picture_);
  copyPixels(picture.part(r), Frame{slot.pixels.get(), r.size(), kTile * 4}, Rect::of(r.size()));
  slot.size = r.size();
  slot.tile = static_cast<std::int32_t>(tile);
  slot.older = newest_[tile];
  newest_[tile] = static_cast<std::int32_t>(at);
  const std::uint64_t before = digestAfter(stores_);
  digestAfter(++stores_) = hashOf(before, tile, tileHash(picture, r));
}

TileCache::State TileCache::state() const {
  if (slots_.empty()) return {};
  return {stores_, digests_[stores_ % digests_.size()]};
}

bool TileCache::goBack(const State& to) {
  if (slots_.empty() || to.stores > stores_ || stores_ - to.stores >= slots_.size()) return false;
  if (digestAfter(to.stores) != to.digest) return false;
  while (stores_ > to.stores) {
    Slot& slot = slots_[slotOf(--stores_)];
    newest_[static_cast<std::size_t>(slot.tile)] = slot.older;
    slot.tile = kNone;
  }
  return true;
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
