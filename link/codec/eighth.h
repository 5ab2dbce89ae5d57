// SPDX-License-Identifier: Apache-2.0
// A picture of an eighth of the width and height: the means of 8 x 8 pixels, and back, smoothly.
#pragma once

#include <vector>

#include "surface/frame.h"

namespace lucarne::link {

inline constexpr int kEighth = 8;

/// The size of an eighth of a picture; one that does not divide is rounded up.
surface::Size eighthOf(surface::Size size);

/// Fills `small`, which has the size of an eighth of `picture`.
void shrinkToEighth(surface::ConstFrame picture, surface::Frame small);

/// Fills `picture` from `small`, linearly between the centres of its pixels.
void stretchEighth(surface::ConstFrame small, surface::Frame picture);

}  // namespace lucarne::link
