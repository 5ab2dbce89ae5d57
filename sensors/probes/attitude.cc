// SPDX-License-Identifier: Apache-2.0
#include "sensors/probes/attitude.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "sensors/attributes.h"

namespace lucarne::sensors {

namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

double determinant(const std::array<double, 9>& m) {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
         m[2] * (m[3] * m[7] - m[4] * m[6]);
}

}  // namespace

Vector3 operator*(const Matrix3& matrix, const Vector3& v) {
  const auto& m = matrix.m;
  return {m[0] * v.x + m[1] * v.y + m[2] * v.z, m[3] * v.x + m[4] * v.y + m[5] * v.z,
          m[6] * v.x + m[7] * v.y + m[8] * v.z};
}

std::optional<Matrix3> parseMountMatrix(std::string_view untrusted) {
  Matrix3 matrix;
  for (std::size_t i = 0; i < 9; ++i) {
    const char separator = i % 3 == 2 ? ';' : ',';
    const auto end = untrusted.find(separator);
    if ((end == std::string_view::npos) != (i == 8)) return std::nullopt;
    const auto number = parseNumber(trimmed(untrusted.substr(0, end)));
    if (!number || std::abs(*number) > 1.01) return std::nullopt;
    matrix.m[i] = *number;
    if (i < 8) untrusted.remove_prefix(end + 1);
  }
  if (std::abs(std::abs(determinant(matrix.m)) - 1) > 0.05) return std::nullopt;
  return matrix;
}

base::Result<int> Attitude::add(base::TimePoint now, const Vector3& a) {
  const double size = std::hypot(a.x, a.y, a.z);
  if (!(size >= kLeastGravity && size <= kMostGravity)) {
    // One shock is not worth a word: the last answer stands while there is one.
    if (decided_ && size > 0 && size <= 8 * kMostGravity) return rotation_;
    return base::unexpected(fmt::format("in_accel: {:.2f} m/s² is no gravity", size));
  }
  const double tilt = std::asin(std::min(std::hypot(a.x, a.y) / size, 1.0)) * kDegrees;
  if (tilt < kFlat) {
    candidate_ = rotation_;
    return rotation_;
  }
  // Up lies along the panel's y axis when it is upright, and moves to the left edge (-x) as the
  // panel turns clockwise; the picture has to turn back by as much.
  const double turned = std::atan2(-a.x, a.y) * kDegrees;  // of the panel, clockwise
  const double wanted = std::fmod(360 - turned, 360);
  const int nearest = static_cast<int>(std::lround(wanted / 90)) % 4 * 90;
  double off = std::abs(wanted - nearest);
  off = std::min(off, 360 - off);
  if (off > kHalfWidth) return rotation_;
  if (!decided_) {
    decided_ = true;
    rotation_ = candidate_ = nearest;
  } else if (nearest != candidate_) {
    candidate_ = nearest;
    since_ = now;
  } else if (candidate_ != rotation_ && now - since_ >= kSettle) {
    rotation_ = candidate_;
  }
  return rotation_;
}

}  // namespace lucarne::sensors
