// SPDX-License-Identifier: Apache-2.0
// Light that the pointer leaves behind, and rings where it was pressed.
#pragma once

#include <deque>

#include "demo/guest/widget.h"

namespace lucarne::demo {

class Trails final : public Widget {
 public:
  explicit Trails(surface::Size desktop) : desktop_(desktop) {}

  void onPointer(surface::GuestPoint at, bool pressed, base::TimePoint now);

  surface::Rect bounds() const override { return surface::Rect::of(desktop_); }
  void draw(Canvas& canvas) const override;
  void advance(base::TimePoint now, surface::Damage& damage) override;

 private:
  struct Mark {
    Spot at;
    bool pressed;
    bool ring;  // a press began here
    base::TimePoint when;
  };

  double age(const Mark& mark) const;  // 0 fresh, 1 gone

  surface::Size desktop_;
  std::deque<Mark> marks_;
  bool pressed_ = false;
  base::TimePoint now_{};
};

}  // namespace lucarne::demo
