// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/trails.h"

#include <algorithm>
#include <cmath>

namespace lucarne::demo {

namespace {

constexpr base::Duration kLife = std::chrono::milliseconds(900);
constexpr std::size_t kMostMarks = 200;  // a mouse of 1000 Hz must not fill memory
constexpr double kWidth = 9;
constexpr double kRingReach = 46;

}  // namespace

void Trails::onPointer(surface::GuestPoint at, bool pressed, base::TimePoint now) {
  marks_.push_back({{at.x + 0.5, at.y + 0.5}, pressed, pressed && !pressed_, now});
  pressed_ = pressed;
  if (marks_.size() > kMostMarks) marks_.pop_front();
}

double Trails::age(const Mark& mark) const {
  return std::clamp(base::toSeconds(now_ - mark.when) / base::toSeconds(kLife), 0.0, 1.0);
}

void Trails::advance(base::TimePoint now, surface::Damage& damage) {
  // What was drawn last time is drawn again, fainter, and what is gone is drawn without.
  now_ = now;
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const Spot a = marks_[i].at;
    const Spot b = marks_[i > 0 ? i - 1 : 0].at;
    const double reach = marks_[i].ring ? kRingReach + 4 : kWidth;
    const int left = static_cast<int>(std::min(a.x, b.x) - reach);
    const int top = static_cast<int>(std::min(a.y, b.y) - reach);
    damage.add({left, top, static_cast<int>(std::max(a.x, b.x) + reach) + 2 - left,
                static_cast<int>(std::max(a.y, b.y) + reach) + 2 - top});
  }
  while (!marks_.empty() && age(marks_.front()) >= 1) marks_.pop_front();
}

void Trails::draw(Canvas& canvas) const {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const Mark& mark = marks_[i];
    const double left = 1 - age(mark);
    const std::uint32_t colour = mark.pressed ? 0xff9a5c : 0xbfe6ff;
    if (i > 0) canvas.line(marks_[i - 1].at, mark.at, kWidth * left, {colour, 0.55 * left});
    if (mark.ring) canvas.ring(mark.at, kRingReach * std::sqrt(1 - left), 4, {0xffd27a, left});
  }
}

}  // namespace lucarne::demo
