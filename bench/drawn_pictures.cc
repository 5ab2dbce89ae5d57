// SPDX-License-Identifier: Apache-2.0
#include "bench/drawn_pictures.h"

#include <array>
#include <cmath>

namespace lucarne::bench {

using surface::Frame;
using surface::Pixel;
using surface::Rect;

Canvas::Canvas(surface::Size size, Pixel colour)
    : size_(size), pixels_(static_cast<std::size_t>(size.pixels()), colour) {}

void Canvas::resize(surface::Size size) {
  size_ = size;
  pixels_.assign(static_cast<std::size_t>(size.pixels()), 0x00203040);
}

namespace {

constexpr int kGlyphWidth = 8;
constexpr int kGlyphHeight = 16;
using Glyph = std::array<std::uint8_t, kGlyphWidth * kGlyphHeight>;

// Strokes between random points of a small grid, softened: as dense and as grey as real glyphs.
Glyph makeGlyph(std::uint32_t letter) {
  Glyph glyph{};
  std::minstd_rand random(letter * 7919 + 17);
  for (int stroke = 0; stroke < 3; ++stroke) {
    const double x0 = 1 + random() % 3 * 2.5;
    const double y0 = 3 + random() % 3 * 4;
    const double x1 = 1 + random() % 3 * 2.5;
    const double y1 = 3 + random() % 3 * 4;
    for (int y = 0; y < kGlyphHeight; ++y) {
      for (int x = 0; x < kGlyphWidth; ++x) {
        const double length = std::hypot(x1 - x0, y1 - y0) + 0.01;
        const double t =
            std::fmin(1, std::fmax(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length / length));
        const double d = std::hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
        const double ink = std::fmax(0, 1.25 - d);
        auto& g = glyph[static_cast<std::size_t>(y * kGlyphWidth + x)];
        const auto level = static_cast<std::uint8_t>(std::fmin(1, ink) * 15) * 17;
        if (level > g) g = static_cast<std::uint8_t>(level);
      }
    }
  }
  return glyph;
}

const Glyph& glyphOf(std::uint32_t letter) {
  static const std::vector<Glyph> glyphs = [] {
    std::vector<Glyph> made;
    for (std::uint32_t i = 0; i < 64; ++i) made.push_back(makeGlyph(i));
    return made;
  }();
  return glyphs[letter % 64];
}

// The letter at a place of an endless page; 0 is a space.
std::uint32_t letterAt(std::uint32_t seed, int line, int column) {
  std::minstd_rand random(seed * 31 + static_cast<std::uint32_t>(line) * 2654435761u);
  const int length = 30 + static_cast<int>(random() % 90);
  if (column >= length || line % 9 == 8) return 0;
  // Words out of a small vocabulary, as texts have.
  int at = 0;
  while (true) {
    const std::uint32_t word = random() % 400;
    std::minstd_rand letters(word + 1);
    const int size = 2 + static_cast<int>(word % 9);
    if (column < at + size) {
      std::uint32_t letter = 0;
      for (int i = at; i <= column; ++i) letter = 1 + letters() % 40;
      return letter;
    }
    at += size;
    if (column == at) return 0;
    ++at;
  }
}

void drawGlyph(Frame frame, const Rect& clip, int x0, int y0, std::uint32_t letter) {
  const Glyph& glyph = glyphOf(letter);
  const Rect r = intersect(clip, {x0, y0, kGlyphWidth, kGlyphHeight});
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      const Pixel ink =
          255u - glyph[static_cast<std::size_t>((y - y0) * kGlyphWidth + (x - x0))];
      frame.at(x, y) = ink | ink << 8 | ink << 16 | 0xff000000u;
    }
  }
}

}  // namespace

void drawText(Frame frame, const Rect& r, std::uint32_t seed, int scroll) {
  fillPixels(frame, r, 0x00ffffff);
  const Rect clip = intersect(r, Rect::of(frame.size));
  for (int line = scroll / kGlyphHeight - 1; line * kGlyphHeight - scroll < r.height; ++line) {
    for (int column = 0; column * kGlyphWidth < r.width; ++column) {
      const std::uint32_t letter = letterAt(seed, line + 1000, column);
      if (letter == 0) continue;
      drawGlyph(frame, clip, r.x + column * kGlyphWidth, r.y + line * kGlyphHeight - scroll, letter);
    }
  }
}

void drawLetter(Frame frame, surface::GuestPoint at, std::uint32_t letter) {
  drawGlyph(frame, Rect::of(frame.size), at.x, at.y, letter);
}

void drawPhoto(Frame frame, const Rect& r, std::uint32_t seed, int shift) {
  std::minstd_rand random(seed + 5);
  const double a = 0.004 + random() % 100 * 0.0001;
  const double b = 0.006 + random() % 100 * 0.0001;
  const double c = 0.02 + random() % 100 * 0.0004;
  std::vector<float> column(static_cast<std::size_t>(r.width));
  std::uint32_t noise = seed * 747796405u + static_cast<std::uint32_t>(shift) * 2891336453u + 1;
  for (int x = 0; x < r.width; ++x) {
    column[static_cast<std::size_t>(x)] = static_cast<float>(std::sin((x + shift) * a) +
                                                             0.3 * std::sin((x + 2 * shift) * c));
  }
  for (int y = 0; y < r.height; ++y) {
    const auto row = static_cast<float>(std::cos((y + shift) * b) + 0.3 * std::cos(y * c * 1.3));
    Pixel* p = frame.row(r.y + y) + r.x;
    for (int x = 0; x < r.width; ++x) {
      const float v = column[static_cast<std::size_t>(x)];
      noise = noise * 1664525u + 1013904223u;
      const float n = static_cast<float>(noise >> 29) - 3.5f;
      const auto channel = [n](float f) {
        return static_cast<Pixel>(std::fmin(255, std::fmax(0, f + n)));
      };
      p[x] = channel(128 + 45 * v * row + 20 * v) | channel(110 + 40 * row + 15 * v) << 8 |
             channel(120 + 30 * (v - row) + 30 * v * v) << 16;
    }
  }
}

void drawNoise(Frame frame, const Rect& r, std::uint32_t seed) {
  std::mt19937 random(seed);
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) frame.at(x, y) = static_cast<Pixel>(random());
  }
}

void drawWindow(Frame frame, const Rect& r, std::uint32_t seed) {
  fillPixels(frame, r, 0x00404550);
  fillPixels(frame, {r.x + 1, r.y + 1, r.width - 2, 20}, 0x003060a0);
  const Rect inner{r.x + 2, r.y + 22, r.width - 4, r.height - 24};
  if (!inner.empty()) drawText(frame, inner, seed);
}

}  // namespace lucarne::bench
