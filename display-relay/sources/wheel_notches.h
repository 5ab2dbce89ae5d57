// SPDX-License-Identifier: Apache-2.0
// A wheel's motion in 120ths of a notch, for protocols that know whole notches only.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lucarne::relay {

class WheelNotches {
 public:
  /// How many notches are due after this motion, negative for the other way. What is left over
  /// counts with the next; turning back starts anew.
  int turn(std::int32_t by120) {
    if (by120 == 0) return 0;
    if ((by120 > 0) != (rest_ > 0)) rest_ = 0;
    rest_ += std::clamp(by120, -kMost * kNotch, kMost * kNotch);
    const std::int32_t whole = rest_ / kNotch;
    rest_ -= whole * kNotch;
    return whole;
  }
  void reset() { rest_ = 0; }

 private:
  static constexpr std::int32_t kNotch = 120;
  // One event turns no further than this many notches: more is a mistake or a lie from a line.
  static constexpr std::int32_t kMost = 32;

  std::int32_t rest_ = 0;
};

}  // namespace lucarne::relay
