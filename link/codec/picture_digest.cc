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
  PictureDigest digest{picture.size, {}, {}};
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
  if (stored.stores > 0) writer.u64(stored.stores).u64(stored.digest);
}

base::Result<PictureDigest> PictureDigest::parse(base::Bytes untrusted) {
  base::ByteReader reader(untrusted);
  PictureDigest digest;
  digest.size.width = reader.u16();
  digest.size.height = reader.u16();
  if (!reader.ok()) return base::unexpected("picture digest: too short");
  if (reader.left() == 0) return PictureDigest{};
  constexpr std::size_t kStored = 16;
  const bool acceptable = surface::isAcceptable(digest.size.width, digest.size.height);
  const std::size_t hashes = acceptable ? static_cast<std::size_t>(tileGrid(digest.size).pixels()) : 0;
  if (hashes == 0 || (reader.left() != hashes * 8 && reader.left() != hashes * 8 + kStored)) {
    return base::unexpected("picture digest: not as many hashes as tiles");
  }
  digest.tiles.reserve(hashes);
  while (digest.tiles.size() < hashes) digest.tiles.push_back(reader.u64());
  if (reader.left() > 0) digest.stored = {reader.u64(), reader.u64()};
  return digest;
}

}  // namespace lucarne::link
