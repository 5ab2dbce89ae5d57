// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/wallpaper.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace lucarne::demo {

using surface::Rect;

namespace {

constexpr std::uint32_t kZenith = 0x141a3c;
constexpr std::uint32_t kMiddle = 0x5a4a86;
constexpr std::uint32_t kHorizon = 0xf2a878;
constexpr int kStars = 140;

void paintSky(Canvas& canvas, int width, int height) {
  for (int y = 0; y < height; ++y) {
    const double t = static_cast<double>(y) / (height * 0.8);
    const std::uint32_t colour =
        t < 0.55 ? mix(kZenith, kMiddle, t / 0.55) : mix(kMiddle, kHorizon, (t - 0.55) / 0.45);
    canvas.fill({0, y, width, 1}, {colour});
  }
}

void paintStars(Canvas& canvas, int width, int height) {
  std::mt19937 random(1957);  // always the same sky
  const auto part = [&random] { return random() / 4294967296.0; };
  for (int i = 0; i < kStars; ++i) {
    const Spot at{part() * width, part() * height * 0.5};
    canvas.disc(at, 0.5 + part() * 0.9,
                {0xffffff, (0.2 + 0.7 * part()) * (1 - at.y / height * 1.8)});
  }
  const Spot moon{width * 0.62, height * 0.17};
  const double radius = height * 0.045;
  for (int glow = 5; glow > 0; --glow)
    canvas.disc(moon, radius * (1 + 0.35 * glow), {0xfff4d8, 0.035});
  canvas.disc(moon, radius, {0xfff4d8});
  canvas.disc({moon.x - radius * 0.3, moon.y - radius * 0.2}, radius * 0.22, {0xe8d9b0, 0.6});
  canvas.disc({moon.x + radius * 0.35, moon.y + radius * 0.3}, radius * 0.15, {0xe8d9b0, 0.6});
}

// A range of hills: everything below a wavy line, which is smooth to the fraction of a pixel.
void paintHills(Canvas& canvas, int width, int height, double base, double swing, double phase,
                std::uint32_t colour) {
  for (int x = 0; x < width; ++x) {
    const double u = static_cast<double>(x) / width;
    const double top = height * (base + swing * (std::sin(u * 7 + phase) * 0.6 +
                                                 std::sin(u * 17 + phase * 2) * 0.28 +
                                                 std::sin(u * 41 + phase * 3) * 0.08));
    const int first = static_cast<int>(std::ceil(top));
    canvas.fill({x, first - 1, 1, 1}, {colour, first - top});
    canvas.fill({x, first, 1, height - first}, {colour});
  }
}

// A roof's slope across the lower left corner, and the little window in it that gives the name.
void paintRoof(Canvas& canvas, int width, int height) {
  const double ridgeX = width * 0.30, ridgeY = height * 0.66;
  const auto slope = [&](double x) {
    return ridgeY + (x > ridgeX ? (x - ridgeX) * 0.72 : (ridgeX - x) * 0.20);
  };
  for (int x = 0; x < width; ++x) {
    const double top = slope(x);
    const int first = static_cast<int>(std::ceil(top));
    if (first >= height) break;
    canvas.fill({x, first - 1, 1, 1}, {0x1b1526, first - top});
    canvas.fill({x, first, 1, height - first}, {0x1b1526});
  }
  for (int row = 1; row * 18 < height; ++row) {  // tiles
    for (int x = 0; x < width; x += 2) {
      const int y = static_cast<int>(slope(x)) + row * 18;
      if (y < height) canvas.fill({x, y, 2, 1}, {0x2b2238});
    }
  }
  const double left = width * 0.135, top = height * 0.735, side = height * 0.11;
  for (int glow = 6; glow > 0; --glow) {
    canvas.disc({left + side / 2, top + side / 2}, side * (0.6 + 0.14 * glow), {0xffc860, 0.035});
  }
  canvas.line({left - side * 0.22, top + side * 0.02}, {left + side * 0.5, top - side * 0.42}, 9,
              {0x120d1a});
  canvas.line({left + side * 1.22, top + side * 0.02}, {left + side * 0.5, top - side * 0.42}, 9,
              {0x120d1a});
  const auto at = [](double v) { return static_cast<int>(std::lround(v)); };
  const Rect frame{at(left - 7), at(top - 7), at(side + 14), at(side + 14)};
  canvas.roundRect(frame, 5, {0x120d1a});
  canvas.roundRect({at(left), at(top), at(side), at(side)}, 3, {0xffd27a});
  canvas.roundRect({at(left), at(top + side * 0.55), at(side), at(side * 0.45)}, 3,
                   {0xf7b552, 0.7});
  canvas.fill({at(left + side / 2) - 2, at(top), 4, at(side)}, {0x120d1a});
  canvas.fill({at(left), at(top + side / 2) - 2, at(side), 4}, {0x120d1a});
}

}  // namespace

void paintWallpaper(Canvas canvas) {
  const int width = canvas.frame().size.width;
  const int height = canvas.frame().size.height;
  paintSky(canvas, width, height);
  paintStars(canvas, width, height);
  paintHills(canvas, width, height, 0.64, 0.05, 0.8, 0x7a5b8c);
  paintHills(canvas, width, height, 0.72, 0.05, 2.6, 0x533f70);
  paintHills(canvas, width, height, 0.82, 0.04, 4.4, 0x352a50);
  paintRoof(canvas, width, height);
}

}  // namespace lucarne::demo
