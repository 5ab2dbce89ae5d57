// SPDX-License-Identifier: Apache-2.0
#include "sensors/probes/attitude.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace lucarne::sensors {
namespace {

using std::chrono::milliseconds;

constexpr double kG = 9.81;

// What an accelerometer feels when the tablet is turned clockwise by this.
Vector3 turnedClockwise(double degrees) {
  const double a = degrees * std::numbers::pi / 180;
  return {-kG * std::sin(a), kG * std::cos(a), 0.5};
}

class AttitudeTest : public testing::Test {
 protected:
  int hold(const Vector3& acceleration, base::Duration time) {
    int rotation = -1;
    for (base::Duration t{}; t <= time; t += milliseconds(50)) {
      now_ += milliseconds(50);
      const auto result = attitude_.add(now_, acceleration);
      rotation = result ? *result : -2;
    }
    return rotation;
  }

  Attitude attitude_;
  base::TimePoint now_{std::chrono::seconds(10)};
};

TEST_F(AttitudeTest, TurnsThePictureAgainstTheTablet) {
  EXPECT_EQ(hold(turnedClockwise(0), milliseconds(500)), 0);
  EXPECT_EQ(hold(turnedClockwise(90), milliseconds(1000)), 270);
  EXPECT_EQ(hold(turnedClockwise(180), milliseconds(1000)), 180);
  EXPECT_EQ(hold(turnedClockwise(-90), milliseconds(1000)), 90);
}

TEST_F(AttitudeTest, StaysBetweenTwoPositions) {
  hold(turnedClockwise(0), milliseconds(500));

  EXPECT_EQ(hold(turnedClockwise(45), milliseconds(5000)), 0);
  EXPECT_EQ(hold(turnedClockwise(58), milliseconds(5000)), 0);
  EXPECT_EQ(hold(turnedClockwise(62), milliseconds(5000)), 270);
  EXPECT_EQ(hold(turnedClockwise(40), milliseconds(5000)), 270);
}

TEST_F(AttitudeTest, WaitsUntilThePositionLasts) {
  hold(turnedClockwise(0), milliseconds(500));

  EXPECT_EQ(hold(turnedClockwise(90), milliseconds(200)), 0);
  EXPECT_TRUE(attitude_.turning());
  EXPECT_EQ(hold(turnedClockwise(0), milliseconds(200)), 0);
  EXPECT_EQ(hold(turnedClockwise(90), milliseconds(200)), 0);
  EXPECT_EQ(hold(turnedClockwise(90), milliseconds(400)), 270);
}

TEST_F(AttitudeTest, KeepsItsPositionFlatOnATable) {
  hold(turnedClockwise(90), milliseconds(500));

  EXPECT_EQ(hold({0.4, 0.3, kG}, milliseconds(3000)), 270);
}

TEST_F(AttitudeTest, RidesOverAShock) {
  hold(turnedClockwise(90), milliseconds(500));

  EXPECT_EQ(hold({60, 10, 90}, milliseconds(100)), 270);
}

TEST_F(AttitudeTest, HasNoAnswerWithoutGravity) {
  EXPECT_EQ(hold({0, 0, 0}, milliseconds(100)), -2);
  EXPECT_EQ(hold({0, 400, 0}, milliseconds(100)), -2);
}

TEST(MountMatrix, TurnsTheChipsAxes) {
  const auto matrix = parseMountMatrix("0, 1, 0; -1, 0, 0; 0, 0, 1");

  ASSERT_TRUE(matrix);
  const Vector3 v = *matrix * Vector3{1, 2, 3};
  EXPECT_EQ(v.x, 2);
  EXPECT_EQ(v.y, -1);
  EXPECT_EQ(v.z, 3);
}

TEST(MountMatrix, IsRefusedWhenItIsNoRotation) {
  EXPECT_FALSE(parseMountMatrix(""));
  EXPECT_FALSE(parseMountMatrix("1, 0, 0; 0, 1, 0; 0, 0"));
  EXPECT_FALSE(parseMountMatrix("1, 0, 0; 0, 1, 0; 0, 0, 0"));
  EXPECT_FALSE(parseMountMatrix("9, 0, 0; 0, 1, 0; 0, 0, 1"));
  EXPECT_FALSE(parseMountMatrix("1, 0, 0; 0, 1, 0; 0, 0, 1; 4"));
  EXPECT_FALSE(parseMountMatrix("a, 0, 0; 0, 1, 0; 0, 0, 1"));
}

}  // namespace
}  // namespace lucarne::sensors
