// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/desktop.h"

#include <algorithm>

#include "demo/guest/clock_face.h"
#include "demo/guest/top_bar.h"
#include "demo/guest/wallpaper.h"
#include "surface/stamp.h"

namespace lucarne::demo {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;
using surface::Stamp;

Desktop::Desktop(surface::Size size, Motion motion, const base::Clock& clock)
    : size_(size),
      clock_(clock),
      pixels_(static_cast<std::size_t>(size.pixels())),
      wallpaper_(pixels_.size()) {
  const surface::Frame background{wallpaper_.data(), size_, size_.width * 4};
  paintWallpaper(Canvas(background, Rect::of(size_)));
  const auto add = [this](auto widget) {
    auto* raw = widget.get();
    widgets_.push_back(std::move(widget));
    return raw;
  };
  add(std::make_unique<TopBar>(size_));
  add(std::make_unique<ClockFace>(size_,
                                  motion == Motion::Still ? Seconds::Hidden : Seconds::Shown));
  const int right = size_.width - 40 - 400;
  add(std::make_unique<MotionWindow>(GuestPoint{right, std::min(250, size_.height - 410)}, size_,
                                     motion));
  notes_ = add(std::make_unique<NotesWindow>(
      GuestPoint{std::min(150, size_.width - 530), std::min(120, size_.height - 310)}, size_));
  trails_ = add(std::make_unique<Trails>(size_));
  pending_.add(Rect::of(size_));
}

Damage Desktop::advance() {
  Damage damage = std::move(pending_);
  pending_.clear();
  for (const auto& widget : widgets_) widget->advance(clock_.now(), damage);
  damage.clip(size_);
  if (damage.empty()) return damage;
  damage.add({0, 0, Stamp::kSize.width, Stamp::kSize.height});
  draw(damage);
  return damage;
}

void Desktop::draw(const Damage& damage) {
  const surface::ConstFrame background{wallpaper_.data(), size_, size_.width * 4};
  for (const Rect& rect : damage.rects()) {
    Canvas canvas(frame(), rect);
    canvas.copy(background);
    for (const auto& widget : widgets_) {
      if (!surface::intersect(widget->bounds(), rect).empty()) widget->draw(canvas);
    }
  }
  const auto now =
      static_cast<std::uint64_t>(base::toMicroseconds(clock_.now().time_since_epoch()));
  surface::drawStamp(frame(), {0, 0}, Stamp{++counter_, now});
}

Widget* Desktop::widgetAt(GuestPoint at, Damage& damage) {
  for (auto it = widgets_.rbegin(); it != widgets_.rend(); ++it) {
    if ((*it)->bounds().contains(at.x, at.y) && (*it)->onPress(at, damage)) return it->get();
  }
  return nullptr;
}

void Desktop::onPointer(GuestPoint at, bool pressed) {
  at.x = std::clamp(at.x, 0, size_.width - 1);
  at.y = std::clamp(at.y, 0, size_.height - 1);
  trails_->onPointer(at, pressed, clock_.now());
  if (pressed && !pressed_) held_ = widgetAt(at, pending_);
  if (pressed && held_) held_->onDrag(at, pending_);
  if (!pressed && held_) std::exchange(held_, nullptr)->onRelease(pending_);
  pressed_ = pressed;
}

void Desktop::onKeysym(std::uint32_t keysym) {
  for (const auto& widget : widgets_) {
    if (widget->onKeysym(keysym, pending_)) return;
  }
}

}  // namespace lucarne::demo
