// SPDX-License-Identifier: Apache-2.0
// The time of day and the date, large.
#pragma once

#include <string>

#include "demo/guest/widget.h"

namespace lucarne::demo {

enum class Seconds { Hidden, Shown };

class ClockFace final : public Widget {
 public:
  ClockFace(surface::Size desktop, Seconds seconds);

  surface::Rect bounds() const override { return bounds_; }
  void draw(Canvas& canvas) const override;
  /// The time of day is the system's; `now` is not asked.
  void advance(base::TimePoint now, surface::Damage& damage) override;

 private:
  Seconds seconds_;
  Font big_;
  Font small_;
  surface::Rect bounds_;
  std::string shown_;
  TextImage time_;
  TextImage date_;
};

}  // namespace lucarne::demo
