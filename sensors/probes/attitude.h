// SPDX-License-Identifier: Apache-2.0
// From accelerations to one of four rotations, without flapping.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace lucarne::sensors {

/// In m/s², axes of the tablet: x right, y up, z towards the user.
struct Vector3 {
  double x = 0;
  double y = 0;
  double z = 0;
};

struct Matrix3 {
  std::array<double, 9> m{};  ///< row by row
  static constexpr Matrix3 identity() { return {{1, 0, 0, 0, 1, 0, 0, 0, 1}}; }
};
Vector3 operator*(const Matrix3& matrix, const Vector3& v);

/// "1, 0, 0; 0, 1, 0; 0, 0, 1"; nothing unless it is nine numbers that form a rotation or a
/// reflection (determinant ±1: drivers are described with both).
std::optional<Matrix3> parseMountMatrix(std::string_view untrusted);

class Attitude {
 public:
  /// The picture turns when the tablet is within this of the new position: the remaining 15 degrees
  /// on either side of 45 are where the old one stays.
  static constexpr double kHalfWidth = 30;  // degrees
  /// …and has been for this long: carrying a tablet turns nothing.
  static constexpr base::Duration kSettle = std::chrono::milliseconds(350);
  /// Flatter than this on a table (angle between screen and ground) there is no up.
  static constexpr double kFlat = 25;  // degrees
  /// Beyond these a reading is no gravity: free fall, a shock or a broken chip.
  static constexpr double kLeastGravity = 4;   // m/s²
  static constexpr double kMostGravity = 20;   // m/s²

  /// The rotation that the picture needs to stand upright, clockwise degrees on the panel: 0, 90,
  /// 180 or 270. Before the first clear reading 0.
  base::Result<int> add(base::TimePoint now, const Vector3& acceleration);
  /// A new position was seen and has not lasted long enough yet.
  bool turning() const { return candidate_ != rotation_; }

 private:
  int rotation_ = 0;
  bool decided_ = false;    // some reading was clear
  int candidate_ = 0;       // where the last readings point
  base::TimePoint since_{};  // …since then
};

}  // namespace lucarne::sensors
