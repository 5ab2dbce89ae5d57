// SPDX-License-Identifier: Apache-2.0
// Something that moves all the time: a turning flower of discs. A click stops it and starts it.
#pragma once

#include "demo/guest/window.h"

namespace lucarne::demo {

enum class Motion { Still, Moving };

class MotionWindow final : public Window {
 public:
  MotionWindow(surface::GuestPoint at, surface::Size desktop, Motion motion);

  void advance(base::TimePoint now, surface::Damage& damage) override;

 private:
  void drawContent(Canvas& canvas) const override;
  void onContentPress(surface::GuestPoint at, surface::Damage& damage) override;

  Motion motion_;
  TextImage hint_;
  base::TimePoint last_{};
  double age_ = 20;  // seconds of motion; the flower starts unfolded
};

}  // namespace lucarne::demo
