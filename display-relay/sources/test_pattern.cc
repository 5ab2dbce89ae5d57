// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/test_pattern.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace lucarne::relay {

using surface::Damage;
using surface::Frame;
using surface::Pixel;
using surface::Rect;
using surface::Size;
using surface::Stamp;

namespace {

struct Colour {
  double red, green, blue;
};

constexpr Colour kZenith{24, 28, 58};
constexpr Colour kHorizon{214, 104, 82};
constexpr Colour kHairline{255, 255, 255};
constexpr Colour kMark{255, 240, 120};
constexpr double kHairlineStrength = 0.06;
constexpr int kGrid = 80;       // pixels between hairlines
constexpr int kMarkRadius = 14;
constexpr int kMarkWidth = 3;

Colour mix(Colour a, Colour b, double share) {
  return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
          a.blue + (b.blue - a.blue) * share};
}

Pixel pixelOf(Colour c) {
  const auto channel = [](double v) { return static_cast<Pixel>(std::clamp(v, 0.0, 255.0) + 0.5); };
  return channel(c.red) << 16 | channel(c.green) << 8 | channel(c.blue);
}

Colour colourOf(Pixel p) {
  return {static_cast<double>(p >> 16 & 0xff), static_cast<double>(p >> 8 & 0xff),
          static_cast<double>(p & 0xff)};
}

void paintBackground(Frame frame) {
  for (int y = 0; y < frame.size.height; ++y) {
    const double height = static_cast<double>(y) / std::max(frame.size.height - 1, 1);
    const Colour sky = mix(kZenith, kHorizon, height * height);
    const Pixel plain = pixelOf(sky);
    const Pixel line = pixelOf(mix(sky, kHairline, kHairlineStrength));
    for (int x = 0; x < frame.size.width; ++x) {
      frame.at(x, y) = x % kGrid == kGrid / 2 || y % kGrid == kGrid / 2 ? line : plain;
    }
  }
}

// A disc, or a ring when `hole` is not 0, with a soft edge.
void paintDisc(Frame frame, const Rect& area, Colour colour, double hole) {
  const Rect visible = intersect(area, Rect::of(frame.size));
  const double radius = area.width / 2.0;
  const double middleX = area.x + radius;
  const double middleY = area.y + radius;
  for (int y = visible.y; y < visible.bottom(); ++y) {
    for (int x = visible.x; x < visible.right(); ++x) {
      const double distance = std::hypot(x + 0.5 - middleX, y + 0.5 - middleY);
      const double inside = std::clamp(radius - distance, 0.0, 1.0) *
                            std::clamp(distance - hole + 1, 0.0, 1.0);
      if (inside <= 0) continue;
      Pixel& p = frame.at(x, y);
      p = pixelOf(mix(colourOf(p), colour, inside));
    }
  }
}

// A light on its way around the middle. Lengths in half the shorter side of the picture.
struct Light {
  double orbit;
  double radius;
  double turns;  // in a thousand frames; negative: counter-clockwise
  Colour colour;
};

constexpr Light kSun = {0.0, 0.17, 0.0, {255, 214, 140}};
constexpr std::array<Light, 4> kLights = {{{0.34, 0.055, 5.5, {156, 220, 255}},
                                           {0.52, 0.075, -3.3, {255, 150, 170}},
                                           {0.70, 0.045, 2.2, {190, 255, 190}},
                                           {0.86, 0.100, -1.3, {222, 196, 255}}}};

Rect areaOf(const Light& light, Size size, std::uint32_t counter) {
  const double unit = std::min(size.width, size.height) / 2.0;
  const double turn = std::fmod(counter * light.turns / 1000.0, 1.0);
  const double angle = turn * 2 * std::numbers::pi;
  const int radius = std::max(1, static_cast<int>(light.radius * unit));
  const double x = size.width / 2.0 + std::cos(angle) * light.orbit * unit;
  const double y = size.height / 2.0 + std::sin(angle) * light.orbit * unit;
  return {static_cast<int>(x) - radius, static_cast<int>(y) - radius, 2 * radius, 2 * radius};
}

}  // namespace

TestPattern::TestPattern(Size size) : background_(surface::FrameBuffer::create(size)) {
  paintBackground(background_.frame());
  paintDisc(background_.frame(), areaOf(kSun, size, 0), kSun.colour, 0);
}

Damage TestPattern::paintAll(Frame frame, const Stamp& stamp) {
  const Rect all = Rect::of(size());
  copyPixels(background_.frame(), frame, all);
  painted_.clear();
  paintThings(frame, stamp);
  return Damage(all);
}

Damage TestPattern::paintNext(Frame frame, const Stamp& stamp) {
  Damage damage;
  for (const Rect& r : painted_) {
    copyPixels(background_.frame(), frame, r);
    damage.add(r);
  }
  painted_.clear();
  paintThings(frame, stamp);
  for (const Rect& r : painted_) damage.add(r);
  damage.clip(size());
  return damage;
}

void TestPattern::paintThings(Frame frame, const Stamp& stamp) {
  for (const Light& light : kLights) {
    const Rect area = areaOf(light, size(), stamp.counter);
    paintDisc(frame, area, light.colour, 0);
    painted_.push_back(area);
  }
  if (mark_) {
    const Rect area{mark_->x - kMarkRadius, mark_->y - kMarkRadius, 2 * kMarkRadius + 1,
                    2 * kMarkRadius + 1};
    paintDisc(frame, area, kMark, kMarkRadius - kMarkWidth);
    painted_.push_back(area);
  }
  const Rect stampArea{kStampAt.x, kStampAt.y, Stamp::kSize.width, Stamp::kSize.height};
  if (Rect::of(size()).contains(stampArea)) {
    drawStamp(frame, kStampAt, stamp);
    painted_.push_back(stampArea);
  }
}

}  // namespace lucarne::relay
