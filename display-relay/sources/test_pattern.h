// SPDX-License-Identifier: Apache-2.0
// The picture of pattern:, a pure function of size and frame number.
//
// A dusk sky with a grid of hairlines; lights on slow orbits around a sun; a stamp (stamp.h) at
// kStampAt when the picture is large enough for one. Only what moves is painted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "surface/damage.h"
#include "surface/frame.h"
#include "surface/stamp.h"

namespace lucarne::relay {

class TestPattern {
 public:
  /// Where readers find the counter: at the top left.
  static constexpr surface::GuestPoint kStampAt{0, 0};

  /// Keeps a picture of the background. `size` must be acceptable.
  explicit TestPattern(surface::Size size);

  surface::Size size() const { return background_.size(); }

  /// Paints the whole picture.
  surface::Damage paintAll(surface::Frame frame, const surface::Stamp& stamp);
  /// Paints what differs from the last one painted, in a frame that holds that one.
  surface::Damage paintNext(surface::Frame frame, const surface::Stamp& stamp);

  /// A ring around this pixel from the next paint on: where the pointer or a finger is.
  void setMark(std::optional<surface::GuestPoint> at) { mark_ = at; }

 private:
  void paintThings(surface::Frame frame, const surface::Stamp& stamp);

  surface::FrameBuffer background_;
  std::optional<surface::GuestPoint> mark_;
  std::vector<surface::Rect> painted_;  // over the background, by the last paint
};

}  // namespace lucarne::relay
