// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/motion_window.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lucarne::demo {

namespace {

constexpr surface::Size kSize{400, 400};
constexpr int kDiscs = 130;
constexpr double kGoldenAngle = 2.399963229728653;  // neighbours never line up: a sunflower
constexpr double kLargestStep = 0.1;                // seconds; after a pause it goes on, not jumps

}  // namespace

MotionWindow::MotionWindow(surface::GuestPoint at, surface::Size desktop, Motion motion)
    : Window("In motion", {at.x, at.y, kSize.width, kSize.height}, desktop),
      motion_(motion),
      hint_(Font(Typeface::Sans, 13).render("click: stop and go")) {}

void MotionWindow::advance(base::TimePoint now, surface::Damage& damage) {
  const double step = base::toSeconds(now - last_);
  last_ = now;
  if (motion_ == Motion::Still) return;
  age_ += std::min(step, kLargestStep);
  damage.add(content());
}

void MotionWindow::drawContent(Canvas& canvas) const {
  const surface::Rect area = content();
  const Spot middle{area.x + area.width / 2.0, area.y + area.height / 2.0};
  const double reach = std::min(area.width, area.height) / 2.0 - 16;
  const double twist = std::sin(age_ * 0.13) * 0.02;
  for (int i = 1; i <= kDiscs; ++i) {
    const double share = static_cast<double>(i) / kDiscs;
    const double breath = 1 + 0.07 * std::sin(age_ * 1.7 - share * 9);
    const double radius = reach * std::sqrt(share) * breath * 0.92;
    const double angle = i * (kGoldenAngle + twist) + age_ * 0.35;
    const std::uint32_t colour = mix(hue(share * 0.6 + age_ * 0.05), 0xffffff, 0.25);
    canvas.disc({middle.x + radius * std::cos(angle), middle.y + radius * std::sin(angle)},
                3 + 7 * share, {colour, 0.85});
  }
  canvas.text(hint_, {area.x + 12, area.bottom() - 24}, {0xb8b0d8, 0.8});
}

void MotionWindow::onContentPress(surface::GuestPoint, surface::Damage& damage) {
  motion_ = motion_ == Motion::Still ? Motion::Moving : Motion::Still;
  damage.add(content());
}

}  // namespace lucarne::demo
