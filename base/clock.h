// SPDX-License-Identifier: Apache-2.0
// Time as a parameter: whoever needs to know the time is given a Clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace lucarne::base {

using Duration = std::chrono::nanoseconds;
/// A moment on CLOCK_MONOTONIC: comparable between processes of one machine, meaningless between
/// machines. Durations may cross a link, time points never do.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline std::int64_t toMicroseconds(Duration d) {
  return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}
inline double toSeconds(Duration d) { return std::chrono::duration<double>(d).count(); }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

/// The machine's monotonic clock.
class RealClock final : public Clock {
 public:
  TimePoint now() const override;
};

/// A clock that moves only when told to: for tests, and for simulated weeks.
class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{std::chrono::seconds(1000)};
};

}  // namespace lucarne::base
