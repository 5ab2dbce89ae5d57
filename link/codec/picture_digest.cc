// SPDX-License-Identifier: Apache-2.0
#include "link/codec/picture_digest.h"

#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "link/codec/pixel_kernels.h"
#include "link/codec/wire.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Pixel;
using surface::Rect;

std::uint64_t tileHash(ConstFrame picture, const Rect& tile) {
  std::array<Pixel, kTile * kTile> pixels;
  copyColours(picture.part(tile), {pixels.data(), tile.size(), tile.width * 4},
              Rect::of(tile.size()), 0);
  return XXH3_64bits(pixels.data(), static_cast<std::size_t>(tile.pixels()) * 4);
}

PictureDigest PictureDigest::of(ConstFrame picture) {
  PictureDigest digest{picture.size, {}};
  const auto tiles = static_cast<std::size_t>(tileGrid(picture.size).pixels());
  digest.tiles.reserve(tiles);
  for (std::size_t i = 0; i < tiles; ++i) {
    digest.tiles.push_back(tileHash(picture, tileRect(i, picture.size)));
  }
  return digest;
}

void PictureDigest::encode(std::vector<std::uint8_t>& out) const {
  base::ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(size.width)).u16(static_cast<std::uint16_t>(size.height));
  for (const std::uint64_t hash : tiles) writer.u64(hash);
}

base::Result<PictureDigest> PictureDigest::parse(base::Bytes untrusted) {
  base::ByteReader reader(untrusted);
  PictureDigest digest;
  digest.size.width = reader.u16();
  digest.size.height = reader.u16();
  if (!reader.ok()) return base::unexpected("picture digest: too short");
  if (reader.left() == 0) return PictureDigest{};
  if (!surface::isAcceptable(digest.size.width, digest.size.height) ||
      reader.left() != static_cast<std::size_t>(tileGrid(digest.size).pixels()) * 8) {
    return base::unexpected("picture digest: not as many hashes as tiles");
  }
  while (reader.left() > 0) digest.tiles.push_back(reader.u64());
  return digest;
}

}  // namespace lucarne::link
