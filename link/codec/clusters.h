// SPDX-License-Identifier: Apache-2.0
// Damage that belongs together: a window that moves is reported as thirty rectangles side by side, a
// letter far away from it as one.
#pragma once

#include <vector>

#include "surface/damage.h"

namespace lucarne::link {

struct Cluster {
  surface::Rect bounds;
  std::vector<surface::Rect> rects;
};

/// The rectangles of `damage`, those nearer than 16 pixels to each other together; in no order.
std::vector<Cluster> clustersOf(const surface::Damage& damage);

}  // namespace lucarne::link
