// SPDX-License-Identifier: Apache-2.0
// Text as coverage, through SDL2_ttf (which needs no window for this).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/c_handle.h"
#include "surface/geometry.h"

struct _TTF_Font;
extern "C" void TTF_CloseFont(_TTF_Font* font);

namespace lucarne::demo {

/// How much of each pixel ink covers, 0 to 255.
struct TextImage {
  surface::Size size;
  std::vector<std::uint8_t> coverage;

  const std::uint8_t* row(int y) const {
    return coverage.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
  }
};

enum class Typeface { Sans, SansBold };

class Font {
 public:
  /// DejaVu from where Debian and Alpine keep it. Throws SetupError when it is nowhere.
  Font(Typeface face, int pixelHeight);

  /// One line of UTF-8; empty text makes an empty image.
  TextImage render(const std::string& text) const;
  /// How many characters of one line of UTF-8 fit into `width` pixels.
  int fitting(const std::string& text, int width) const;
  int lineHeight() const;

 private:
  base::CHandle<_TTF_Font, TTF_CloseFont> font_;
};

}  // namespace lucarne::demo
