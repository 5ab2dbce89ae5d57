// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/font.h"

#include <SDL_ttf.h>
#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::demo {

namespace {

constexpr const char* kFolders[] = {"/usr/share/fonts/truetype/dejavu",  // Debian
                                    "/usr/share/fonts/dejavu",           // Alpine
                                    "/usr/share/fonts/TTF"};

void freeSurface(SDL_Surface* s) { SDL_FreeSurface(s); }

}  // namespace

Font::Font(Typeface face, int pixelHeight) {
  if (!TTF_WasInit() && TTF_Init() < 0) {
    throw base::SetupError(fmt::format("start SDL2_ttf: {}", TTF_GetError()));
  }
  const char* name = face == Typeface::SansBold ? "DejaVuSans-Bold.ttf" : "DejaVuSans.ttf";
  for (const char* folder : kFolders) {
    font_.reset(TTF_OpenFont(fmt::format("{}/{}", folder, name).c_str(), pixelHeight));
    if (font_) return;
  }
  throw base::SetupError(fmt::format(
      "open font {}: not in {}; install fonts-dejavu-core (Debian) or font-dejavu (Alpine)", name,
      kFolders[0]));
}

TextImage Font::render(const std::string& text) const {
  if (text.empty()) return {};
  const base::CHandle<SDL_Surface, freeSurface> drawn(
      TTF_RenderUTF8_Blended(font_.get(), text.c_str(), SDL_Color{255, 255, 255, 255}));
  if (!drawn) return {};
  TextImage image{{drawn->w, drawn->h}, {}};
  image.coverage.reserve(static_cast<std::size_t>(image.size.pixels()));
  for (int y = 0; y < drawn->h; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(
        static_cast<const std::uint8_t*>(drawn->pixels) + y * drawn->pitch);
    for (int x = 0; x < drawn->w; ++x) {
      image.coverage.push_back(static_cast<std::uint8_t>(row[x] >> 24));  // ARGB8888, always
    }
  }
  return image;
}

int Font::fitting(const std::string& text, int width) const {
  int extent = 0;
  int count = 0;
  TTF_MeasureUTF8(font_.get(), text.c_str(), width, &extent, &count);
  return count;
}

int Font::lineHeight() const { return TTF_FontLineSkip(font_.get()); }

}  // namespace lucarne::demo
