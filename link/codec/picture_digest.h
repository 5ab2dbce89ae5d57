// SPDX-License-Identifier: Apache-2.0
// What a decoder still shows, in 8 bytes a tile: sent to the encoder when a session begins, so that
// after a reconnect only what differs goes over the line.
//
// Message (little-endian): u16 width, u16 height, then a u64 per tile in reading order, the XXH3 hash
// (seed 0) of the tile's pixels row by row with X bytes zero. No hashes at all: nothing is kept.
// Behind them, where something is stored and the peer knows kKeptTiles1: u64 stores, u64 digest, the
// state of the TileCache.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "link/codec/tile_cache.h"
#include "surface/frame.h"

namespace lucarne::link {

struct PictureDigest {
  surface::Size size;                ///< empty: there is no picture
  std::vector<std::uint64_t> tiles;  ///< one per tile
  TileCache::State stored;           ///< no stores: nothing is stored

  static PictureDigest of(surface::ConstFrame picture);
  void encode(std::vector<std::uint8_t>& out) const;
  static base::Result<PictureDigest> parse(base::Bytes untrusted);
};

/// The hash of one tile as above.
std::uint64_t tileHash(surface::ConstFrame picture, const surface::Rect& tile);

}  // namespace lucarne::link
