// SPDX-License-Identifier: Apache-2.0
// Where the corners are: every way in which a touch sensor can be mounted on the panel, and every
// rotation of the guest's picture on it.
#pragma once

#include "surface/geometry.h"
#include "surface/rotation.h"

namespace lucarne::input {

using surface::GuestPoint;
using surface::Rotation;

inline constexpr surface::Size kPanel{1280, 800};

struct Mounting {
  const char* matrix;
  // Where the sensor has its corner for each corner of the panel: as parts of its axes.
  int topLeftX, topLeftY, topRightX, topRightY;
};

// libinput's documentation gives these matrices for a sensor that is turned by 90, 180 and 270.
inline const Mounting kMountings[] = {
    {"1 0 0 0 1 0", 0, 0, 1, 0},
    {"0 -1 1 1 0 0", 0, 1, 0, 0},
    {"-1 0 1 0 -1 1", 1, 1, 0, 1},
    {"0 1 0 -1 0 1", 1, 0, 1, 1},
};

struct Turned {
  Rotation rotation;
  GuestPoint topLeft, topRight, bottomRight, bottomLeft;  // at the guest, for the panel's corners
};

inline const Turned kTurned[] = {
    {Rotation::Deg0, {0, 0}, {1279, 0}, {1279, 799}, {0, 799}},
    {Rotation::Deg90, {0, 1279}, {0, 0}, {799, 0}, {799, 1279}},
    {Rotation::Deg180, {1279, 799}, {0, 799}, {0, 0}, {1279, 0}},
    {Rotation::Deg270, {799, 0}, {799, 1279}, {0, 1279}, {0, 0}},
};

}  // namespace lucarne::input
