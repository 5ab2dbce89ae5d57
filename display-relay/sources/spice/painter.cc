// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/painter.h"

#include <fmt/format.h>
#include <spice/enums.h>

#include <algorithm>
#include <utility>

namespace lucarne::relay::spice {

namespace {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;
using surface::Size;

// No surface is larger, so nothing beyond is worth remembering.
constexpr Size kLargest{surface::kMaxSide, surface::kMaxSide};

}  // namespace

std::uint32_t pixmanOf(int surfaceFormat) {
  switch (surfaceFormat) {
    case SPICE_SURFACE_FMT_32_xRGB:
    case SPICE_SURFACE_FMT_32_ARGB:
      return kPixmanX8R8G8B8;
    case SPICE_SURFACE_FMT_16_565:
      return kPixmanR5G6B5;
    case SPICE_SURFACE_FMT_16_555:
      return kPixmanX1R5G5B5;
    default:
      return 0;
  }
}

void Painter::setMonitor(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
  const Rect monitor = surface::clampRect(x, y, width, height, kLargest);
  if (monitor.empty()) return unsetMonitor();
  if (monitor_ == monitor) return;
  monitor_ = monitor;
  invalidateAll();
}

void Painter::unsetMonitor() {
  if (!std::exchange(monitor_, std::nullopt)) return;
  invalidateAll();
}

void Painter::invalidate(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
  gathered_.add(surface::clampRect(x, y, width, height, kLargest));
}

void Painter::invalidateAll() { gathered_ = Damage(Rect::of(kLargest)); }

// A monitor that does not lie on the surface is one of another moment: all of it is shown.
Rect Painter::areaOf(Size surface) const {
  const Rect whole = Rect::of(surface);
  if (!monitor_) return whole;
  const Rect shown = surface::intersect(*monitor_, whole);
  return shown.size() == monitor_->size() ? shown : whole;
}

base::Result<bool> Painter::paint(const UntrustedPicture& surface) {
  if (!isDue()) return true;
  if (const auto checked = check(surface); !checked) {
    gathered_.clear();
    return base::unexpected(checked.error().message);
  }
  dmabuf_.end();
  const Rect area = areaOf({static_cast<int>(surface.width), static_cast<int>(surface.height)});
  if (area != area_ || screen_.size() != area.size()) gathered_.add(area);
  screen_.resize(area.size());
  area_ = area;
  const auto frame = screen_.paint();
  if (!frame) return false;
  Damage damage;
  for (const Rect& r : gathered_.rects()) {
    const Rect part = surface::intersect(r, area);
    if (part.empty()) continue;
    const Rect target{part.x - area.x, part.y - area.y, part.width, part.height};
    relay::paint(surface, part, *frame, {target.x, target.y});
    damage.add(target);
  }
  gathered_.clear();
  screen_.damaged(damage);
  return true;
}

base::Result<void> Painter::scanout(base::UniqueFd buffer, std::uint32_t drmFormat, bool bottomUp,
                                    std::int64_t width, std::int64_t height,
                                    std::int64_t strideBytes) {
  // What is no number for a layout is made one that checkLayout refuses.
  const auto numberOf = [](std::int64_t untrusted) {
    return static_cast<int>(std::clamp<std::int64_t>(untrusted, -1, INT32_MAX));
  };
  auto dmabuf = std::make_shared<surface::Dmabuf>();
  surface::DmabufLayout& layout = dmabuf->layout;
  layout.buffer = {numberOf(width), numberOf(height)};
  layout.picture = Rect::of(layout.buffer);
  layout.format = {drmFormat, surface::kModifierUnsaid};
  layout.bottomUp = bottomUp;
  layout.planes = {{0, static_cast<std::uint32_t>(std::max(numberOf(strideBytes), 0))}};
  dmabuf->fds.push_back(std::move(buffer));
  const auto shown = dmabuf_.show(std::move(dmabuf));
  if (!shown) return base::unexpected(shown.error().message);
  gathered_.clear();
  area_ = Rect::of(dmabuf_.size());
  return {};
}

base::Result<void> Painter::drawn(std::int64_t x, std::int64_t y, std::int64_t width,
                                  std::int64_t height, const surface::DmabufRead& read) {
  const auto painted =
      dmabuf_.changed(surface::clampRect(x, y, width, height, dmabuf_.size()), read);
  if (!painted) return base::unexpected(painted.error().message);
  return {};
}

base::Result<void> Painter::paintShared() {
  const auto painted = dmabuf_.paintDue();
  if (!painted) return base::unexpected(painted.error().message);
  return {};
}

base::Result<void> Painter::setCursor(std::int64_t width, std::int64_t height, std::int64_t hotX,
                                      std::int64_t hotY, const std::uint8_t* rgba) {
  if (width <= 0 || height <= 0 || width > surface::kMaxCursorSide ||
      height > surface::kMaxCursorSide || !rgba) {
    return base::unexpected(fmt::format("a pointer of {}x{}", width, height));
  }
  surface::Cursor cursor;
  cursor.size = {static_cast<int>(width), static_cast<int>(height)};
  cursor.hotspot = {static_cast<int>(std::clamp<std::int64_t>(hotX, 0, width - 1)),
                    static_cast<int>(std::clamp<std::int64_t>(hotY, 0, height - 1))};
  cursor.pixels.resize(static_cast<std::size_t>(width * height));
  for (std::uint32_t& pixel : cursor.pixels) {
    pixel = std::uint32_t{rgba[3]} << 24 | std::uint32_t{rgba[0]} << 16 |
            std::uint32_t{rgba[1]} << 8 | rgba[2];
    rgba += 4;
  }
  screen_.setCursor(std::move(cursor));
  return {};
}

void Painter::moveCursor(std::int64_t x, std::int64_t y) {
  if (!screen_.hasPicture()) return;
  const auto place = [](std::int64_t v, int side) {
    return static_cast<int>(std::clamp<std::int64_t>(v, 0, side - 1));
  };
  screen_.moveCursor(
      {place(x - area_.x, screen_.size().width), place(y - area_.y, screen_.size().height)});
}

}  // namespace lucarne::relay::spice
