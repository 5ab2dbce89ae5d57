// SPDX-License-Identifier: Apache-2.0
// Places on a picture and on the panel. A type per space: a point of one cannot be used in the
// other; the only way across is surface::Placement.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lucarne::surface {

struct Size {
  int width = 0;
  int height = 0;

  bool empty() const { return width <= 0 || height <= 0; }
  std::int64_t pixels() const { return empty() ? 0 : std::int64_t{width} * height; }
  friend bool operator==(Size, Size) = default;
};

/// A pixel of the guest's picture, (0, 0) at its own top left.
struct GuestPoint {
  int x = 0;
  int y = 0;
  friend bool operator==(GuestPoint, GuestPoint) = default;
};

/// A pixel of the panel as the panel's hardware counts them, before any rotation.
struct PanelPoint {
  int x = 0;
  int y = 0;
  friend bool operator==(PanelPoint, PanelPoint) = default;
};

/// Half-open: x <= px < x + width. Empty when a side is not positive.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  static Rect of(Size size) { return {0, 0, size.width, size.height}; }
  bool empty() const { return width <= 0 || height <= 0; }
  int right() const { return x + width; }
  int bottom() const { return y + height; }
  Size size() const { return {width, height}; }
  std::int64_t pixels() const { return empty() ? 0 : std::int64_t{width} * height; }
  bool contains(const Rect& r) const {
    return r.x >= x && r.y >= y && r.right() <= right() && r.bottom() <= bottom();
  }
  bool contains(int px, int py) const {
    return px >= x && py >= y && px < right() && py < bottom();
  }
  friend bool operator==(const Rect&, const Rect&) = default;
};

/// The common part; empty when there is none. Both must have edges that fit an int.
inline Rect intersect(const Rect& a, const Rect& b) {
  const int x = std::max(a.x, b.x);
  const int y = std::max(a.y, b.y);
  const Rect r{x, y, std::min(a.right(), b.right()) - x, std::min(a.bottom(), b.bottom()) - y};
  return r.empty() ? Rect{} : r;
}

/// The smallest rectangle around both; an empty one adds nothing.
inline Rect bounding(const Rect& a, const Rect& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const int x = std::min(a.x, b.x);
  const int y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

/// A rectangle as a peer claims it, cut to what exists. Safe for any 64-bit numbers.
inline Rect clampRect(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
                      Size bounds) {
  const auto clip = [](std::int64_t v, int top) {
    return static_cast<int>(std::clamp<std::int64_t>(v, 0, std::max(top, 0)));
  };
  if (width <= 0 || height <= 0) return {};
  width = std::min<std::int64_t>(width, INT32_MAX);
  height = std::min<std::int64_t>(height, INT32_MAX);
  x = std::clamp<std::int64_t>(x, INT32_MIN, INT32_MAX);
  y = std::clamp<std::int64_t>(y, INT32_MIN, INT32_MAX);
  const int left = clip(x, bounds.width);
  const int top = clip(y, bounds.height);
  const Rect r{left, top, clip(x + width, bounds.width) - left, clip(y + height, bounds.height) - top};
  return r.empty() ? Rect{} : r;
}

}  // namespace lucarne::surface
