// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/window.h"

#include <algorithm>

namespace lucarne::demo {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;

namespace {
constexpr int kTopBar = 32;  // windows stay below the desktop's bar
constexpr double kCorner = 10;
}  // namespace

Window::Window(const std::string& title, const Rect& frame, surface::Size desktop)
    : frame_(frame), desktop_(desktop), title_(Font(Typeface::SansBold, 15).render(title)) {}

Rect Window::bounds() const {
  return {frame_.x - kShadow, frame_.y - kShadow, frame_.width + 2 * kShadow,
          frame_.height + 2 * kShadow};
}

Rect Window::content() const {
  return {frame_.x, frame_.y + kTitleHeight, frame_.width, frame_.height - kTitleHeight};
}

void Window::draw(Canvas& canvas) const {
  for (int step = 1; step <= 4; ++step) {
    const int spread = kShadow * step / 4 - 2;
    canvas.roundRect({frame_.x - spread, frame_.y - spread + 3, frame_.width + 2 * spread,
                      frame_.height + 2 * spread - 3},
                     kCorner + spread, {0x000000, 0.07});
  }
  canvas.roundRect(frame_, kCorner, {0x232038});
  canvas.roundRect({frame_.x, frame_.y, frame_.width, kTitleHeight + 10}, kCorner, {0x3a3560});
  canvas.fill({frame_.x, frame_.y + kTitleHeight, frame_.width, 10}, {0x232038});
  canvas.text(title_, {frame_.x + 14, frame_.y + (kTitleHeight - title_.size.height) / 2},
              {0xf0e8ff});
  for (int i = 0; i < 3; ++i) {
    constexpr std::uint32_t kLamps[] = {0xf2a878, 0xffd27a, 0x8fd6a0};
    canvas.disc({frame_.right() - 18.0 - 20 * i, frame_.y + kTitleHeight / 2.0}, 6, {kLamps[i]});
  }
  const Rect part = surface::intersect(canvas.clip(), content());
  if (part.empty()) return;
  Canvas inside(canvas.frame(), part);
  drawContent(inside);
}

bool Window::onPress(GuestPoint at, Damage& damage) {
  if (!frame_.contains(at.x, at.y)) return false;  // the shadow is not the window
  if (content().contains(at.x, at.y)) {
    onContentPress(at, damage);
    return true;
  }
  dragged_ = true;
  grip_ = {at.x - frame_.x, at.y - frame_.y};
  return true;
}

void Window::onDrag(GuestPoint at, Damage& damage) {
  if (!dragged_) return;
  damage.add(bounds());
  frame_.x = std::clamp(at.x - grip_.x, 0, std::max(0, desktop_.width - frame_.width));
  frame_.y =
      std::clamp(at.y - grip_.y, kTopBar, std::max(kTopBar, desktop_.height - frame_.height));
  damage.add(bounds());
}

void Window::onRelease(Damage&) { dragged_ = false; }

}  // namespace lucarne::demo
