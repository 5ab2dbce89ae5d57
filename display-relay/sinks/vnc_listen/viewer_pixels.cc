// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/viewer_pixels.h"

#include <bit>
#include <cstring>

namespace lucarne::relay::vnc_listen {

namespace {

using surface::Pixel;

bool isMax(std::uint16_t max) { return max > 0 && std::has_single_bit(max + 1U); }

bool fits(std::uint16_t max, std::uint8_t shift, unsigned bits) {
  return shift < bits && (std::uint64_t{max} << shift) < (std::uint64_t{1} << bits);
}

std::uint32_t converted(Pixel pixel, const PixelFormat& f) {
  const auto scaled = [pixel](unsigned from, std::uint16_t max) {
    return ((pixel >> from & 0xff) * max + 127) / 255;
  };
  return scaled(16, f.redMax) << f.redShift | scaled(8, f.greenMax) << f.greenShift |
         scaled(0, f.blueMax) << f.blueShift;
}

// Writes the value's bytes in the viewer's order and answers the place behind them.
std::uint8_t* store(std::uint32_t value, const PixelFormat& f, int unused, std::uint8_t* to) {
  const int count = static_cast<int>(f.bytes());
  for (int i = 0; i < count; ++i) {
    const int significance = f.bigEndian ? count - 1 - i : i;
    if (significance != unused) *to++ = static_cast<std::uint8_t>(value >> (8 * significance));
  }
  return to;
}

}  // namespace

int PixelFormat::unusedByte() const {
  if (bitsPerPixel != 32 || depth > 24) return -1;
  const std::uint64_t used = std::uint64_t{redMax} << redShift | std::uint64_t{greenMax} << greenShift |
                             std::uint64_t{blueMax} << blueShift;
  if (used >> 24 == 0) return 3;
  return (used & 0xff) == 0 ? 0 : -1;
}

base::Result<PixelFormat> parsePixelFormat(base::ByteReader& reader) {
  PixelFormat f;
  f.bitsPerPixel = reader.u8();
  f.depth = reader.u8();
  f.bigEndian = reader.u8() != 0;
  const bool trueColour = reader.u8() != 0;
  f.redMax = reader.u16be();
  f.greenMax = reader.u16be();
  f.blueMax = reader.u16be();
  f.redShift = reader.u8();
  f.greenShift = reader.u8();
  f.blueShift = reader.u8();
  reader.skip(3);
  if (!trueColour) return base::unexpected("the viewer wants a colour map");
  const unsigned bits = f.bitsPerPixel;
  const bool sound = (bits == 8 || bits == 16 || bits == 32) && isMax(f.redMax) &&
                     isMax(f.greenMax) && isMax(f.blueMax) && fits(f.redMax, f.redShift, bits) &&
                     fits(f.greenMax, f.greenShift, bits) && fits(f.blueMax, f.blueShift, bits);
  if (!sound) return base::unexpected("the viewer wants pixels that cannot be");
  return f;
}

void encodePixelFormat(const PixelFormat& f, std::vector<std::uint8_t>& out) {
  base::ByteWriter(out)
      .u8(f.bitsPerPixel).u8(f.depth).u8(f.bigEndian ? 1 : 0).u8(1)
      .u16be(f.redMax).u16be(f.greenMax).u16be(f.blueMax)
      .u8(f.redShift).u8(f.greenShift).u8(f.blueShift)
      .u8(0).u8(0).u8(0);
}

void appendPixels(const Pixel* pixels, std::size_t count, const PixelFormat& f,
                  std::vector<std::uint8_t>& out) {
  if (count == 0) return;  // a hidden cursor: there are no pixels to point at
  const std::size_t before = out.size();
  out.resize(before + count * f.bytes());
  std::uint8_t* to = out.data() + before;
  if (f.isNative()) {
    std::memcpy(to, pixels, count * sizeof(Pixel));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) to = store(converted(pixels[i], f), f, -1, to);
}

void appendCompactPixels(const Pixel* pixels, std::size_t count, const PixelFormat& f,
                         std::vector<std::uint8_t>& out) {
  const int unused = f.unusedByte();
  if (unused < 0) return appendPixels(pixels, count, f, out);
  const std::size_t before = out.size();
  out.resize(before + count * 3);
  std::uint8_t* to = out.data() + before;
  if (f.isNative()) {
    for (std::size_t i = 0; i < count; ++i) {
      *to++ = static_cast<std::uint8_t>(pixels[i]);
      *to++ = static_cast<std::uint8_t>(pixels[i] >> 8);
      *to++ = static_cast<std::uint8_t>(pixels[i] >> 16);
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) to = store(converted(pixels[i], f), f, unused, to);
}

}  // namespace lucarne::relay::vnc_listen
