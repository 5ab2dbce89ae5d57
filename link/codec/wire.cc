// SPDX-License-Identifier: Apache-2.0
#include "link/codec/wire.h"

namespace lucarne::link {

void putVarint(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::uint32_t readVarint(base::ByteReader& reader) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const std::uint8_t b = reader.u8();
    value |= std::uint64_t{b & 0x7fu} << shift;
    if ((b & 0x80) == 0) {
      if (value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
      break;
    }
  }
  reader.skip(reader.left() + 1);  // fails the reader for good
  return 0;
}

std::size_t varintBytes(std::uint32_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

void putRect(std::vector<std::uint8_t>& out, const surface::Rect& r) {
  putVarint(out, static_cast<std::uint32_t>(r.x));
  putVarint(out, static_cast<std::uint32_t>(r.y));
  putVarint(out, static_cast<std::uint32_t>(r.width));
  putVarint(out, static_cast<std::uint32_t>(r.height));
}

std::optional<surface::Rect> readRect(base::ByteReader& reader, surface::Size bounds) {
  const std::int64_t x = readVarint(reader);
  const std::int64_t y = readVarint(reader);
  const std::int64_t width = readVarint(reader);
  const std::int64_t height = readVarint(reader);
  if (!reader.ok() || width == 0 || height == 0) return std::nullopt;
  if (x + width > bounds.width || y + height > bounds.height) return std::nullopt;
  return surface::Rect{static_cast<int>(x), static_cast<int>(y), static_cast<int>(width),
                       static_cast<int>(height)};
}

surface::Size tileGrid(surface::Size picture) {
  return {(picture.width + kTile - 1) / kTile, (picture.height + kTile - 1) / kTile};
}

surface::Rect tileRect(std::size_t index, surface::Size picture) {
  const auto across = static_cast<std::size_t>(tileGrid(picture).width);
  const surface::Rect whole{static_cast<int>(index % across) * kTile,
                            static_cast<int>(index / across) * kTile, kTile, kTile};
  return intersect(whole, surface::Rect::of(picture));
}

}  // namespace lucarne::link
