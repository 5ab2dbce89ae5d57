// SPDX-License-Identifier: Apache-2.0
// One thing on the demo's desktop.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "demo/guest/canvas.h"
#include "surface/damage.h"

namespace lucarne::demo {

class Widget {
 public:
  virtual ~Widget() = default;

  /// Everything it may draw to.
  virtual surface::Rect bounds() const = 0;
  /// Draws what lies within the canvas's clip; what is below is there already.
  virtual void draw(Canvas& canvas) const = 0;
  /// Moves on to `now` and adds what must be drawn again.
  virtual void advance(base::TimePoint /*now*/, surface::Damage&) {}

  /// A press inside the bounds; true: it is mine, and so are the motions up to the release.
  virtual bool onPress(surface::GuestPoint, surface::Damage&) { return false; }
  virtual void onDrag(surface::GuestPoint, surface::Damage&) {}
  virtual void onRelease(surface::Damage&) {}
  /// Text from the keyboard; true: taken.
  virtual bool onKeysym(std::uint32_t /*keysym*/, surface::Damage&) { return false; }
};

}  // namespace lucarne::demo
