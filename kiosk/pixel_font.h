// SPDX-License-Identifier: Apache-2.0
// A font of 6 x 9 pixels inside the program, so that a machine without fonts still gets words.
#pragma once

#include <cstdint>

namespace lucarne::kiosk {

inline constexpr int kPixelFontWidth = 6;   ///< with one empty column at the right
inline constexpr int kPixelFontHeight = 9;  ///< with descenders and one empty row

/// Whether the pixel of a character is set. Characters outside of ASCII's printable ones look like
/// a box.
bool pixelFontSet(char32_t character, int x, int y);

}  // namespace lucarne::kiosk
