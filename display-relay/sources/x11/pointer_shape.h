// SPDX-License-Identifier: Apache-2.0
// Pointer shapes as an X server tells them (XFixes, 6: GetCursorImage).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "surface/cursor.h"

namespace lucarne::relay::x11 {

/// `argb`: premultiplied words, row after row, as they came from the server. Nothing when there are
/// fewer than the size claims, or when it is larger than a shape may be; a shape in which nothing can
/// be seen hides the pointer.
std::optional<surface::Cursor> pointerShape(surface::Size size, surface::GuestPoint hotspot,
                                            std::span<const std::uint32_t> argb);

}  // namespace lucarne::relay::x11
