// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/pixels.h"

#include <cstring>

#include <fmt/format.h>

namespace lucarne::relay {

namespace {

// 0 for a format that we do not know.
int bytesPerPixel(std::uint32_t format) {
  switch (format) {
    case kPixmanX8R8G8B8:
    case kPixmanA8R8G8B8:
    case kPixmanX8B8G8R8:
    case kPixmanA8B8G8R8:
      return 4;
    case kPixmanR5G6B5:
    case kPixmanX1R5G5B5:
      return 2;
    default:
      return 0;
  }
}

constexpr std::uint32_t widen(std::uint32_t value, int bits) {
  return value << (8 - bits) | value >> (2 * bits - 8);
}

void paintRow(std::uint32_t format, const std::uint8_t* from, surface::Pixel* to, int width) {
  const auto count = static_cast<std::size_t>(width);
  switch (format) {
    case kPixmanX8R8G8B8:
    case kPixmanA8R8G8B8:
      std::memcpy(to, from, count * 4);
      break;
    case kPixmanX8B8G8R8:
    case kPixmanA8B8G8R8:
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* p = from + 4 * i;
        to[i] = std::uint32_t{p[0]} << 16 | std::uint32_t{p[1]} << 8 | p[2];
      }
      break;
    case kPixmanR5G6B5:
    case kPixmanX1R5G5B5: {
      const int greenBits = format == kPixmanR5G6B5 ? 6 : 5;
      for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t p;
        std::memcpy(&p, from + 2 * i, sizeof p);
        const std::uint32_t red = p >> (5 + greenBits) & 0x1f;
        const std::uint32_t green = p >> 5 & ((1u << greenBits) - 1);
        to[i] = widen(red, 5) << 16 | widen(green, greenBits) << 8 | widen(p & 0x1f, 5);
      }
      break;
    }
    default:
      break;
  }
}

}  // namespace

base::Result<void> check(const UntrustedPicture& picture) {
  return checkShape(picture, picture.pixels.size());
}

base::Result<void> checkShape(const UntrustedPicture& picture, std::uint64_t bytes) {
  const int pixelBytes = bytesPerPixel(picture.format);
  if (pixelBytes == 0) {
    return base::unexpected(fmt::format("pixel format {:#x} is not known", picture.format));
  }
  if (!surface::isAcceptable(picture.width, picture.height)) {
    return base::unexpected(fmt::format("a picture of {}x{}", picture.width, picture.height));
  }
  const std::int64_t rowBytes = picture.width * pixelBytes;
  constexpr std::int64_t kMaxStride = std::int64_t{1} << 20;
  if (picture.strideBytes < rowBytes || picture.strideBytes > kMaxStride) {
    return base::unexpected(fmt::format("rows of {} bytes, {} apart", rowBytes, picture.strideBytes));
  }
  const std::int64_t needed = picture.strideBytes * (picture.height - 1) + rowBytes;
  if (static_cast<std::uint64_t>(needed) > bytes) {
    return base::unexpected(fmt::format("{} bytes for a picture that has {}", bytes, needed));
  }
  return {};
}

void paint(const UntrustedPicture& checked, const surface::Rect& part, surface::Frame frame,
           surface::GuestPoint at) {
  const int pixelBytes = bytesPerPixel(checked.format);
  for (int y = 0; y < part.height; ++y) {
    const std::int64_t offset =
        checked.strideBytes * (part.y + y) + std::int64_t{part.x} * pixelBytes;
    paintRow(checked.format, checked.pixels.data() + offset, frame.row(at.y + y) + at.x, part.width);
  }
}

}  // namespace lucarne::relay
