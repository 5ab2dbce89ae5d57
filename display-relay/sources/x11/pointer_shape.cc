// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/pointer_shape.h"

#include <algorithm>

namespace lucarne::relay::x11 {

namespace {

std::uint32_t straight(std::uint32_t premultiplied) {
  const std::uint32_t alpha = premultiplied >> 24;
  if (alpha == 0 || alpha == 0xff) return alpha == 0 ? 0 : premultiplied;
  std::uint32_t out = alpha << 24;
  for (const int shift : {0, 8, 16}) {
    const std::uint32_t colour = (premultiplied >> shift) & 0xff;
    out |= std::min<std::uint32_t>((colour * 255 + alpha / 2) / alpha, 255) << shift;
  }
  return out;
}

}  // namespace

std::optional<surface::Cursor> pointerShape(surface::Size size, surface::GuestPoint hotspot,
                                            std::span<const std::uint32_t> argb) {
  using surface::kMaxCursorSide;
  if (size.empty() || size.width > kMaxCursorSide || size.height > kMaxCursorSide) {
    return std::nullopt;
  }
  const auto count = static_cast<std::size_t>(size.pixels());
  if (argb.size() < count) return std::nullopt;
  argb = argb.first(count);
  const auto isVisible = [](std::uint32_t pixel) { return pixel >> 24 != 0; };
  if (std::none_of(argb.begin(), argb.end(), isVisible)) return surface::Cursor{};
  surface::Cursor cursor{size,
                         {std::clamp(hotspot.x, 0, size.width - 1),
                          std::clamp(hotspot.y, 0, size.height - 1)},
                         std::vector<std::uint32_t>(count)};
  std::transform(argb.begin(), argb.end(), cursor.pixels.begin(), straight);
  return cursor;
}

}  // namespace lucarne::relay::x11
