// SPDX-License-Identifier: Apache-2.0
#include "bench/scenes/page.h"

#include <SDL_ttf.h>

#include <random>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::bench {

namespace {

constexpr const char* kFonts[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",  // Debian
    "/usr/share/fonts/dejavu/DejaVuSansMono.ttf",           // Alpine
};

TTF_Font* openFont(int pixelHeight) {
  if (TTF_Init() < 0) throw base::SetupError(fmt::format("SDL2_ttf: {}", TTF_GetError()));
  for (const char* path : kFonts) {
    if (TTF_Font* font = TTF_OpenFont(path, pixelHeight)) return font;
  }
  throw base::SetupError("no DejaVu Sans Mono; install fonts-dejavu-core");
}

surface::Pixel blend(surface::Pixel paper, surface::Pixel ink, unsigned coverage) {
  const auto channel = [&](int shift) {
    const unsigned from = paper >> shift & 0xff;
    const unsigned to = ink >> shift & 0xff;
    return (from * (255 - coverage) + to * coverage + 127) / 255 << shift;
  };
  return channel(16) | channel(8) | channel(0);
}

}  // namespace

Glyphs::Glyphs(int pixelHeight) {
  TTF_Font* font = openFont(pixelHeight);
  TTF_SizeUTF8(font, "M", &cell_.width, &cell_.height);
  for (char c = kFirst; c <= kLast; ++c) {
    auto& glyph = coverage_[static_cast<std::size_t>(c - kFirst)];
    glyph.assign(static_cast<std::size_t>(cell_.pixels()), 0);
    const char text[2] = {c, 0};
    SDL_Surface* image = TTF_RenderUTF8_Shaded(font, text, {255, 255, 255, 255}, {0, 0, 0, 255});
    if (!image) continue;
    for (int y = 0; y < std::min(image->h, cell_.height); ++y) {
      const auto* row = static_cast<const std::uint8_t*>(image->pixels) + y * image->pitch;
      std::copy_n(row, std::min(image->w, cell_.width), glyph.data() + y * cell_.width);
    }
    SDL_FreeSurface(image);
  }
  TTF_CloseFont(font);
  TTF_Quit();
}

void Glyphs::draw(surface::Frame frame, surface::GuestPoint at, char c, surface::Pixel ink,
                  surface::Pixel paper) const {
  const surface::Rect cell{at.x, at.y, cell_.width, cell_.height};
  if (!surface::Rect::of(frame.size).contains(cell)) return;
  const auto& glyph =
      coverage_[static_cast<std::size_t>((c < kFirst || c > kLast ? kFirst : c) - kFirst)];
  for (int y = 0; y < cell_.height; ++y) {
    surface::Pixel* row = frame.row(at.y + y) + at.x;
    const std::uint8_t* from = glyph.data() + y * cell_.width;
    for (int x = 0; x < cell_.width; ++x) row[x] = blend(paper, ink, from[x]);
  }
}

void Glyphs::draw(surface::Frame frame, surface::GuestPoint at, std::string_view text,
                  surface::Pixel ink, surface::Pixel paper) const {
  for (const char c : text) {
    draw(frame, at, c, ink, paper);
    at.x += cell_.width;
  }
}

std::string logLine(int number, int columns) {
  constexpr const char* kWords[] = {"mount", "link",   "panel", "guest", "ready", "frame", "vchan",
                                    "probe", "serial", "event", "queue", "sync",  "lost",  "again",
                                    "bytes", "input",  "touch", "power", "light", "domain"};
  std::minstd_rand random(static_cast<unsigned>(number) * 2654435761u + 17u);
  std::string line = fmt::format("[{:9.3f}] ", number * 0.137);
  const auto length = static_cast<std::size_t>(columns) * (30 + random() % 60) / 100;
  while (line.size() < length) {
    line += random() % 4 == 0 ? fmt::format("{:#x} ", random()) : fmt::format("{} ", kWords[random() % 20]);
  }
  line.resize(static_cast<std::size_t>(columns), ' ');
  return line;
}

}  // namespace lucarne::bench
