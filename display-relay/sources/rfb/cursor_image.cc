// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/cursor_image.h"

#include <algorithm>

namespace lucarne::relay::rfb {

namespace {

constexpr std::uint32_t kOpaque = 0xff000000;

std::size_t maskStride(surface::Size size) { return (static_cast<std::size_t>(size.width) + 7) / 8; }

bool bitAt(base::Bytes mask, surface::Size size, std::size_t pixel) {
  const std::size_t x = pixel % static_cast<std::size_t>(size.width);
  const std::size_t y = pixel / static_cast<std::size_t>(size.width);
  return mask[y * maskStride(size) + x / 8] >> (7 - x % 8) & 1;
}

// On the wire colours are multiplied by alpha; a Cursor has them straight.
std::uint32_t straight(std::uint32_t colour, std::uint32_t alpha) {
  return alpha == 0 ? 0 : std::min<std::uint32_t>(255, (colour * 255 + alpha / 2) / alpha);
}

std::uint32_t pixelWithAlpha(base::ByteReader& reader, AlphaOrder order) {
  const std::uint32_t first = reader.u8();
  const std::uint32_t green = reader.u8();
  const std::uint32_t third = reader.u8();
  const std::uint32_t alpha = reader.u8();
  const std::uint32_t red = order == AlphaOrder::Rgba ? first : third;
  const std::uint32_t blue = order == AlphaOrder::Rgba ? third : first;
  return alpha << 24 | straight(red, alpha) << 16 | straight(green, alpha) << 8 |
         straight(blue, alpha);
}

std::uint32_t colourRgb(base::ByteReader& reader) {
  const std::uint32_t red = reader.u8();
  const std::uint32_t green = reader.u8();
  return kOpaque | red << 16 | green << 8 | reader.u8();
}

}  // namespace

std::size_t cursorBytes(Encoding encoding, surface::Size size) {
  const auto pixels = static_cast<std::size_t>(size.pixels());
  const std::size_t mask = size.empty() ? 0 : maskStride(size) * static_cast<std::size_t>(size.height);
  switch (encoding) {
    case Encoding::CursorWithAlpha:
      return 4 + pixels * 4;  // the encoding of the picture, then the picture
    case Encoding::XCursor:
      return size.empty() ? 0 : 6 + 2 * mask;
    default:
      return pixels * 4 + mask;
  }
}

std::optional<surface::Cursor> parseCursor(Encoding encoding, surface::Size size,
                                           surface::GuestPoint hotspot, base::Bytes payload,
                                           AlphaOrder order) {
  surface::Cursor cursor;
  if (size.empty()) return cursor;  // hidden
  const auto pixels = static_cast<std::size_t>(size.pixels());
  cursor.size = size;
  cursor.hotspot = {std::clamp(hotspot.x, 0, size.width - 1),
                    std::clamp(hotspot.y, 0, size.height - 1)};
  cursor.pixels.resize(pixels);
  base::ByteReader reader(payload);
  if (encoding == Encoding::CursorWithAlpha) {
    if (reader.i32be() != static_cast<std::int32_t>(Encoding::Raw)) return std::nullopt;
    for (std::uint32_t& pixel : cursor.pixels) pixel = pixelWithAlpha(reader, order);
  } else if (encoding == Encoding::XCursor) {
    const std::uint32_t primary = colourRgb(reader);
    const std::uint32_t secondary = colourRgb(reader);
    const base::Bytes bitmap = reader.take(reader.left() / 2);
    const base::Bytes mask = reader.take(reader.left());
    for (std::size_t i = 0; i < pixels; ++i) {
      if (bitAt(mask, size, i)) cursor.pixels[i] = bitAt(bitmap, size, i) ? primary : secondary;
    }
  } else {
    base::ByteReader colours(reader.take(pixels * 4));
    const base::Bytes mask = reader.take(reader.left());
    for (std::size_t i = 0; i < pixels; ++i) {
      const std::uint32_t colour = colours.u32();
      if (bitAt(mask, size, i)) cursor.pixels[i] = kOpaque | (colour & 0x00ffffff);
    }
  }
  return cursor;
}

}  // namespace lucarne::relay::rfb
