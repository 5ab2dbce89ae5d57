// SPDX-License-Identifier: Apache-2.0
#include "kiosk/lettering.h"

#include <algorithm>

#include <fmt/format.h>

#include <SDL_ttf.h>

#include "base/c_handle.h"
#include "base/result.h"
#include "kiosk/blit.h"
#include "kiosk/pixel_font.h"

namespace lucarne::kiosk {

using surface::Pixel;

namespace {

// Debian, Alpine, Fedora, Arch.
constexpr const char* kFonts[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/liberation/LiberationSans-Regular.ttf",
};

constexpr int kMinHeight = 6;
constexpr int kMaxHeight = 200;
// A font with lines of height h has letters of about 0.85 h: the size that TTF_SetFontSize takes.
constexpr double kSizeOfHeight = 0.85;

// The next character, moving `text` past it. Bytes that are not UTF-8 come out as U+FFFD.
char32_t takeCharacter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  char32_t character = more == 0 ? 0xfffd : first & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    if (text.empty() || (static_cast<unsigned char>(text.front()) & 0xc0) != 0x80) return 0xfffd;
    character = character << 6 | (static_cast<unsigned char>(text.front()) & 0x3f);
    text.remove_prefix(1);
  }
  return character;
}

int countCharacters(std::string_view text) {
  int count = 0;
  for (; !text.empty(); ++count) takeCharacter(text);
  return count;
}

int pixelScale(int height) { return std::max(1, height / kPixelFontHeight); }

}  // namespace

Lettering::Lettering(const std::string& fontPath) {
  if (TTF_Init() != 0) {
    if (fontPath.empty()) return;
    throw base::SetupError(fmt::format("use font {}: {}", fontPath, TTF_GetError()));
  }
  started_ = true;
  if (!fontPath.empty()) {
    font_ = TTF_OpenFont(fontPath.c_str(), kMinHeight);
    if (font_) return;
    const std::string why = TTF_GetError();
    TTF_Quit();
    throw base::SetupError(fmt::format("use font {}: {}; leave --font out", fontPath, why));
  }
  for (const char* path : kFonts) {
    if ((font_ = TTF_OpenFont(path, kMinHeight))) return;
  }
}

Lettering::~Lettering() {
  if (font_) TTF_CloseFont(font_);
  if (started_) TTF_Quit();
}

bool Lettering::sized(int height) {
  return font_ && TTF_SetFontSize(font_, std::max(1, static_cast<int>(height * kSizeOfHeight))) == 0;
}

Image Lettering::line(std::string_view text, int height, Pixel colour) {
  height = std::clamp(height, kMinHeight, kMaxHeight);
  if (text.empty()) return {};
  if (!sized(height)) return pixelLine(text, height, colour);
  const SDL_Color ink{static_cast<Uint8>(colour >> 16), static_cast<Uint8>(colour >> 8),
                      static_cast<Uint8>(colour), SDL_ALPHA_OPAQUE};
  using Surface = base::CHandle<SDL_Surface, SDL_FreeSurface>;
  const Surface drawn(TTF_RenderUTF8_Blended(font_, std::string(text).c_str(), ink));
  const Surface ours(drawn ? SDL_ConvertSurfaceFormat(drawn.get(), SDL_PIXELFORMAT_ARGB8888, 0)
                           : nullptr);
  if (!ours) return pixelLine(text, height, colour);
  Image image({ours->w, ours->h});
  copyPixels({static_cast<const Pixel*>(ours->pixels), image.size, ours->pitch}, image.frame(),
             surface::Rect::of(image.size));
  return image;
}

int Lettering::widthOf(std::string_view text, int height) {
  height = std::clamp(height, kMinHeight, kMaxHeight);
  int width = 0;
  if (sized(height) && TTF_SizeUTF8(font_, std::string(text).c_str(), &width, nullptr) == 0) {
    return width;
  }
  return countCharacters(text) * kPixelFontWidth * pixelScale(height);
}

Image Lettering::pixelLine(std::string_view text, int height, Pixel colour) const {
  const int scale = pixelScale(height);
  Image image({countCharacters(text) * kPixelFontWidth * scale, kPixelFontHeight * scale});
  for (int left = 0; !text.empty(); left += kPixelFontWidth * scale) {
    const char32_t character = takeCharacter(text);
    for (int y = 0; y < kPixelFontHeight; ++y) {
      for (int x = 0; x < kPixelFontWidth; ++x) {
        if (!pixelFontSet(character, x, y)) continue;
        fillPixels(image.frame(), {left + x * scale, y * scale, scale, scale},
                   colour | 0xff000000);
      }
    }
  }
  return image;
}

std::vector<std::string> Lettering::wrapped(std::string_view text, int height, int width) {
  std::vector<std::string> lines;
  std::string line;
  const auto fits = [&](const std::string& candidate) { return widthOf(candidate, height) <= width; };
  const auto finish = [&] {
    if (!line.empty()) lines.push_back(std::exchange(line, {}));
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    std::string longer = line.empty() ? std::string(word) : line + ' ' + std::string(word);
    if (fits(longer)) {
      line = std::move(longer);
      continue;
    }
    finish();
    while (!word.empty()) {  // a word alone: character by character
      const std::string_view before = word;
      takeCharacter(word);
      const std::string_view character = before.substr(0, before.size() - word.size());
      if (!line.empty() && !fits(line + std::string(character))) finish();
      line += character;
    }
  }
  finish();
  return lines;
}

}  // namespace lucarne::kiosk
