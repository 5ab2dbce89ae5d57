// SPDX-License-Identifier: Apache-2.0
// Antialiased drawing into a Frame: just what the demo's desktop needs.
//
// Coordinates are pixels of the whole frame, fractions allowed; everything is cut to the clip. A
// shape is a signed distance (negative inside), so every edge is smooth without supersampling.
#pragma once

#include <cstdint>

#include "demo/guest/font.h"
#include "surface/frame.h"

namespace lucarne::demo {

/// 0xRRGGBB with an opacity of 0 to 1.
struct Ink {
  std::uint32_t rgb = 0;
  double opacity = 1;
};

struct Spot {
  double x = 0;
  double y = 0;
};

/// A colour on the way from `a` to `b`; `t` of 0 to 1.
std::uint32_t mix(std::uint32_t a, std::uint32_t b, double t);
/// A fully saturated colour of the wheel; `turn` of 0 to 1.
std::uint32_t hue(double turn);

class Canvas {
 public:
  /// Borrows the frame's pixels; draws inside `clip` only, which must lie within the frame.
  Canvas(surface::Frame frame, const surface::Rect& clip) : frame_(frame), clip_(clip) {}

  const surface::Rect& clip() const { return clip_; }
  surface::Frame frame() const { return frame_; }

  /// The same place of another picture of the same size.
  void copy(surface::ConstFrame from);
  void fill(const surface::Rect& r, Ink ink);
  void roundRect(const surface::Rect& r, double radius, Ink ink);
  void disc(Spot centre, double radius, Ink ink);
  void ring(Spot centre, double radius, double width, Ink ink);
  /// With round ends.
  void line(Spot from, Spot to, double width, Ink ink);
  /// `at` is the top left corner of the image.
  void text(const TextImage& image, surface::GuestPoint at, Ink ink);

 private:
  template <typename Distance>
  void shape(double left, double top, double right, double bottom, Ink ink, Distance distance);

  surface::Frame frame_;
  surface::Rect clip_;
};

}  // namespace lucarne::demo
