// SPDX-License-Identifier: Apache-2.0
// From a touch device's own numbers to a pixel of the panel.
#pragma once

#include <array>
#include <cstdint>

#include "input-broker/devices/description.h"
#include "surface/geometry.h"

namespace lucarne::input {

/// Two rows of three, as libinput's calibration matrix (libinput(4), LIBINPUT_CALIBRATION_MATRIX):
/// x' = m0 x + m1 y + m2 and y' = m3 x + m4 y + m5, with x and y from 0 to 1 over the device.
struct Calibration {
  std::array<double, 6> matrix{1, 0, 0, 0, 1, 0};
  friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// The pixel under a place on the device; places beyond the panel go to its edge. The first and the
/// last count of an axis are the panel's first and last pixel.
surface::PanelPoint toPanel(const Calibration& calibration, const Axis& x, const Axis& y,
                            std::int32_t rawX, std::int32_t rawY, surface::Size panel);

}  // namespace lucarne::input
