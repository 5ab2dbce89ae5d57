// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/canvas.h"

#include <algorithm>
#include <cmath>

namespace lucarne::demo {

using surface::GuestPoint;
using surface::Pixel;
using surface::Rect;

namespace {

// `coverage` of 0 to 256.
Pixel blend(Pixel below, std::uint32_t rgb, std::uint32_t coverage) {
  const std::uint32_t rest = 256 - coverage;
  const std::uint32_t redBlue =
      ((below & 0xff00ff) * rest + (rgb & 0xff00ff) * coverage) >> 8 & 0xff00ff;
  const std::uint32_t green = ((below & 0xff00) * rest + (rgb & 0xff00) * coverage) >> 8 & 0xff00;
  return redBlue | green;
}

std::uint32_t toCoverage(double opacity) {
  return static_cast<std::uint32_t>(std::lround(std::clamp(opacity, 0.0, 1.0) * 256));
}

}  // namespace

std::uint32_t mix(std::uint32_t a, std::uint32_t b, double t) { return blend(a, b, toCoverage(t)); }

std::uint32_t hue(double turn) {
  const auto channel = [turn](double offset) {
    const double distance = std::abs(std::remainder(turn - offset, 1.0)) * 6;
    return static_cast<std::uint32_t>(255 * std::clamp(2 - distance, 0.0, 1.0));
  };
  return channel(0) << 16 | channel(1.0 / 3) << 8 | channel(2.0 / 3);
}

void Canvas::copy(surface::ConstFrame from) { surface::copyPixels(from, frame_, clip_); }

void Canvas::fill(const Rect& r, Ink ink) {
  const Rect part = surface::intersect(r, clip_);
  const std::uint32_t coverage = toCoverage(ink.opacity);
  if (coverage == 256) return surface::fillPixels(frame_, part, ink.rgb);
  for (int y = part.y; y < part.bottom(); ++y) {
    Pixel* row = frame_.row(y);
    for (int x = part.x; x < part.right(); ++x) row[x] = blend(row[x], ink.rgb, coverage);
  }
}

template <typename Distance>
void Canvas::shape(double left, double top, double right, double bottom, Ink ink,
                   Distance distance) {
  const int x = static_cast<int>(std::floor(left)) - 1;
  const int y = static_cast<int>(std::floor(top)) - 1;
  const Rect part = surface::intersect({x, y, static_cast<int>(std::ceil(right)) + 1 - x,
                                        static_cast<int>(std::ceil(bottom)) + 1 - y},
                                       clip_);
  for (int py = part.y; py < part.bottom(); ++py) {
    Pixel* row = frame_.row(py);
    for (int px = part.x; px < part.right(); ++px) {
      // Half a pixel on either side of the edge is partly covered.
      const double inside = 0.5 - distance(px + 0.5, py + 0.5);
      if (inside > 0)
        row[px] = blend(row[px], ink.rgb, toCoverage(std::min(inside, 1.0) * ink.opacity));
    }
  }
}

void Canvas::roundRect(const Rect& r, double radius, Ink ink) {
  const double halfWidth = r.width / 2.0;
  const double halfHeight = r.height / 2.0;
  shape(r.x, r.y, r.right(), r.bottom(), ink, [&](double x, double y) {
    const double dx = std::abs(x - (r.x + halfWidth)) - (halfWidth - radius);
    const double dy = std::abs(y - (r.y + halfHeight)) - (halfHeight - radius);
    if (dx <= 0 || dy <= 0) return std::max(dx, dy) - radius;
    return std::hypot(dx, dy) - radius;
  });
}

void Canvas::disc(Spot centre, double radius, Ink ink) {
  shape(centre.x - radius, centre.y - radius, centre.x + radius, centre.y + radius, ink,
        [&](double x, double y) { return std::hypot(x - centre.x, y - centre.y) - radius; });
}

void Canvas::ring(Spot centre, double radius, double width, Ink ink) {
  const double outer = radius + width / 2;
  shape(centre.x - outer, centre.y - outer, centre.x + outer, centre.y + outer, ink,
        [&](double x, double y) {
          return std::abs(std::hypot(x - centre.x, y - centre.y) - radius) - width / 2;
        });
}

void Canvas::line(Spot from, Spot to, double width, Ink ink) {
  const double half = width / 2;
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double length2 = std::max(dx * dx + dy * dy, 1e-9);
  shape(std::min(from.x, to.x) - half, std::min(from.y, to.y) - half, std::max(from.x, to.x) + half,
        std::max(from.y, to.y) + half, ink, [&](double x, double y) {
          const double t = std::clamp(((x - from.x) * dx + (y - from.y) * dy) / length2, 0.0, 1.0);
          return std::hypot(x - from.x - t * dx, y - from.y - t * dy) - half;
        });
}

void Canvas::text(const TextImage& image, GuestPoint at, Ink ink) {
  const Rect part = surface::intersect({at.x, at.y, image.size.width, image.size.height}, clip_);
  const std::uint32_t opacity = toCoverage(ink.opacity);
  for (int y = part.y; y < part.bottom(); ++y) {
    Pixel* row = frame_.row(y);
    const std::uint8_t* coverage = image.row(y - at.y) - at.x;
    for (int x = part.x; x < part.right(); ++x) {
      if (coverage[x] == 0) continue;
      row[x] = blend(row[x], ink.rgb, (coverage[x] + (coverage[x] >> 7)) * opacity >> 8);
    }
  }
}

}  // namespace lucarne::demo
