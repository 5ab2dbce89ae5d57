// SPDX-License-Identifier: Apache-2.0
// A finger on each corner of the panel is at the right corner of the guest: every rotation of the
// guest's picture, every way in which a touch sensor can be mounted.
#include "input-broker/devices/calibration.h"

#include <sstream>

#include <gtest/gtest.h>

#include "input-broker/seat_state.h"
#include "tests/input-broker/corners.h"

namespace lucarne::input {
namespace {

using surface::PanelPoint;

const Axis kX{ABS_MT_POSITION_X, 0, 4095};
const Axis kY{ABS_MT_POSITION_Y, 0, 2559};

PanelPoint touch(const char* matrix, int x, int y) {
  std::istringstream in(matrix);
  Calibration calibration;
  for (double& number : calibration.matrix) in >> number;
  return toPanel(calibration, kX, kY, x * kX.maximum, y * kY.maximum, kPanel);
}

TEST(Calibration, PutsTheSensorsCornersOnThePanels) {
  for (const Mounting& m : kMountings) {
    EXPECT_EQ(touch(m.matrix, m.topLeftX, m.topLeftY), (PanelPoint{0, 0})) << m.matrix;
    EXPECT_EQ(touch(m.matrix, m.topRightX, m.topRightY), (PanelPoint{1279, 0})) << m.matrix;
    EXPECT_EQ(touch(m.matrix, 1 - m.topLeftX, 1 - m.topLeftY), (PanelPoint{1279, 799})) << m.matrix;
    EXPECT_EQ(touch(m.matrix, 1 - m.topRightX, 1 - m.topRightY), (PanelPoint{0, 799})) << m.matrix;
  }
}

TEST(Calibration, PutsThePanelsCornersOnTheGuestsAtEveryRotationAndMounting) {
  for (const Turned& t : kTurned) {
    const SeatState seat(kPanel, t.rotation);
    for (const Mounting& m : kMountings) {
      const auto at = [&](int x, int y) { return seat.toGuest(touch(m.matrix, x, y)); };
      const std::string where = std::to_string(degrees(t.rotation)) + " degrees, matrix " + m.matrix;
      EXPECT_EQ(at(m.topLeftX, m.topLeftY), t.topLeft) << where;
      EXPECT_EQ(at(m.topRightX, m.topRightY), t.topRight) << where;
      EXPECT_EQ(at(1 - m.topLeftX, 1 - m.topLeftY), t.bottomRight) << where;
      EXPECT_EQ(at(1 - m.topRightX, 1 - m.topRightY), t.bottomLeft) << where;
    }
  }
}

TEST(Calibration, KeepsFingersOnThePanel) {
  const Calibration calibration;

  EXPECT_EQ(toPanel(calibration, kX, kY, -99999, 99999, kPanel), (PanelPoint{0, 799}));
  EXPECT_EQ(toPanel({{1e300, 0, 0, 0, 1e300, 0}}, kX, kY, 9, 9, kPanel), (PanelPoint{1279, 799}));
}

}  // namespace
}  // namespace lucarne::input
