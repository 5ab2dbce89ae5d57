// SPDX-License-Identifier: Apache-2.0
#include "surface/placement.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lucarne::surface {

namespace {

constexpr std::array<std::pair<ScaleMode, std::string_view>, 4> kModeWords = {{
    {ScaleMode::Fit, "fit"},
    {ScaleMode::Fill, "fill"},
    {ScaleMode::Integer, "integer"},
    {ScaleMode::None, "none"},
}};

std::int64_t floorDivide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);  // b > 0
}

// a * b / c, rounded to the nearest and never nothing.
int scaled(int a, int b, int c) {
  return static_cast<int>(std::max<std::int64_t>(1, (std::int64_t{a} * b * 2 + c) / (2 * std::int64_t{c})));
}

// `picture` as large as possible with both sides within `panel` (or, for Fill, both beyond).
Size fitted(Size picture, Size panel, ScaleMode mode) {
  const bool isWider = std::int64_t{picture.width} * panel.height >=
                       std::int64_t{panel.width} * picture.height;
  if (isWider == (mode == ScaleMode::Fit)) {
    return {panel.width, scaled(picture.height, panel.width, picture.width)};
  }
  return {scaled(picture.width, panel.height, picture.height), panel.height};
}

Size scaledSize(Size picture, Size panel, ScaleMode mode) {
  switch (mode) {
    case ScaleMode::Fit:
    case ScaleMode::Fill:
      return fitted(picture, panel, mode);
    case ScaleMode::Integer: {
      const int times = std::min(panel.width / picture.width, panel.height / picture.height);
      if (times == 0) return fitted(picture, panel, ScaleMode::Fit);
      return {picture.width * times, picture.height * times};
    }
    case ScaleMode::None:
      break;
  }
  return picture;
}

// The pixel of a row of `to` pixels that lies under the middle of pixel `at` of a row of `from`
// pixels of the same length. Outside the row it goes on in both directions.
std::int64_t carry(std::int64_t at, int from, int to) {
  return floorDivide((2 * at + 1) * to, 2 * std::int64_t{from});
}

// A point of a picture of `size` (before turning) after turning by `r`, and the way back.
struct Point {
  std::int64_t x;
  std::int64_t y;
};

Point turn(Point p, Size size, Rotation r) {
  switch (r) {
    case Rotation::Deg0:
      break;
    case Rotation::Deg90:
      return {size.height - 1 - p.y, p.x};
    case Rotation::Deg180:
      return {size.width - 1 - p.x, size.height - 1 - p.y};
    case Rotation::Deg270:
      return {p.y, size.width - 1 - p.x};
  }
  return p;
}

Rotation inverse(Rotation r) { return static_cast<Rotation>((4 - static_cast<int>(r)) % 4); }

}  // namespace

std::optional<ScaleMode> scaleModeOf(std::string_view word) {
  for (const auto& [mode, its] : kModeWords) {
    if (its == word) return mode;
  }
  return std::nullopt;
}

std::string_view wordFor(ScaleMode mode) {
  return kModeWords[static_cast<std::size_t>(mode)].second;
}

Placement::Placement(Size panel, Size guest, Rotation rotation, ScaleMode mode)
    : panel_(panel), guest_(guest), rotation_(rotation), mode_(mode) {
  if (panel.empty() || guest.empty()) return;
  const Size size = scaledSize(turned(guest, rotation), panel, mode);
  picture_ = {static_cast<int>(floorDivide(panel.width - size.width, 2)),
              static_cast<int>(floorDivide(panel.height - size.height, 2)), size.width,
              size.height};
}

Placement::Hit Placement::toGuest(PanelPoint point) const {
  if (picture_.empty()) return {};
  const Size upright = turned(guest_, rotation_);
  const Point onTurned{carry(std::int64_t{point.x} - picture_.x, picture_.width, upright.width),
                       carry(std::int64_t{point.y} - picture_.y, picture_.height, upright.height)};
  const Point p = turn(onTurned, upright, inverse(rotation_));
  const GuestPoint at{static_cast<int>(std::clamp<std::int64_t>(p.x, 0, guest_.width - 1)),
                      static_cast<int>(std::clamp<std::int64_t>(p.y, 0, guest_.height - 1))};
  return {at, at.x == p.x && at.y == p.y};
}

PanelPoint Placement::toPanel(GuestPoint point) const {
  if (picture_.empty()) return {};
  const Size upright = turned(guest_, rotation_);
  const Point p = turn({point.x, point.y}, guest_, rotation_);
  const auto limited = [](std::int64_t v) {
    return static_cast<int>(std::clamp<std::int64_t>(v, INT32_MIN, INT32_MAX));
  };
  return {limited(picture_.x + carry(p.x, upright.width, picture_.width)),
          limited(picture_.y + carry(p.y, upright.height, picture_.height))};
}

Rect Placement::toPanel(const Rect& part) const {
  const Rect r = intersect(part, Rect::of(guest_));
  if (picture_.empty() || r.empty()) return {};
  const Size upright = turned(guest_, rotation_);
  const Point a = turn({r.x, r.y}, guest_, rotation_);
  const Point b = turn({r.right() - 1, r.bottom() - 1}, guest_, rotation_);
  // Edges, rounded outwards. One more pixel where scaling may blend neighbours into each other.
  const auto span = [](std::int64_t from, std::int64_t to, int fromSide, int toSide) {
    const std::int64_t blend = fromSide == toSide ? 0 : 1;
    const std::int64_t first = floorDivide(from * toSide, fromSide) - blend;
    const std::int64_t last = -floorDivide(-((to + 1) * toSide), fromSide) + blend;
    return std::pair<int, int>{static_cast<int>(std::max<std::int64_t>(first, 0)),
                               static_cast<int>(std::min<std::int64_t>(last, toSide))};
  };
  const auto [left, right] =
      span(std::min(a.x, b.x), std::max(a.x, b.x), upright.width, picture_.width);
  const auto [top, bottom] =
      span(std::min(a.y, b.y), std::max(a.y, b.y), upright.height, picture_.height);
  return {picture_.x + left, picture_.y + top, right - left, bottom - top};
}

}  // namespace lucarne::surface
