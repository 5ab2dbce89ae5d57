// SPDX-License-Identifier: Apache-2.0
// Pictures that compress like photographs: soft shapes, edges, and the grain of a sensor.
#pragma once

#include <vector>

#include "surface/frame.h"

namespace lucarne::bench {

class Photo {
 public:
  /// The same seed makes the same photo. `grain` is the noise's amplitude in steps of a channel.
  Photo(surface::Size size, unsigned seed, int grain);

  surface::Size size() const { return size_; }
  /// Copies the part of the photo at `from` (wrapping round at its edges) to `to`.
  void paint(surface::Frame frame, const surface::Rect& to, surface::GuestPoint from) const;

 private:
  surface::Size size_;
  std::vector<surface::Pixel> pixels_;
};

}  // namespace lucarne::bench
