// SPDX-License-Identifier: Apache-2.0
// Pixels as a viewer asked for them (RFC 6143, 7.4).
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::relay::vnc_listen {

/// A true-colour format: 8, 16 or 32 bits a pixel.
struct PixelFormat {
  std::uint8_t bitsPerPixel = 32;
  std::uint8_t depth = 24;
  bool bigEndian = false;
  std::uint16_t redMax = 255, greenMax = 255, blueMax = 255;
  std::uint8_t redShift = 16, greenShift = 8, blueShift = 0;
  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;

  std::size_t bytes() const { return bitsPerPixel / 8; }
  /// As pixels lie in a Frame: nothing to convert.
  bool isNative() const { return *this == PixelFormat{.depth = depth}; }
  /// ZRLE writes three bytes for a pixel of four when one of them is always zero (7.7.5): which
  /// one is left out, 0 or 3; or -1, none.
  int unusedByte() const;
};

/// The 16 bytes of a PIXEL_FORMAT. Colour maps and formats that cannot be are refused.
base::Result<PixelFormat> parsePixelFormat(base::ByteReader& reader);
void encodePixelFormat(const PixelFormat& format, std::vector<std::uint8_t>& out);

/// Appends `count` pixels in the viewer's format.
void appendPixels(const surface::Pixel* pixels, std::size_t count, const PixelFormat& format,
                  std::vector<std::uint8_t>& out);
/// The same as ZRLE's CPIXELs.
void appendCompactPixels(const surface::Pixel* pixels, std::size_t count,
                         const PixelFormat& format, std::vector<std::uint8_t>& out);

}  // namespace lucarne::relay::vnc_listen
