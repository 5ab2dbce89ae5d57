// SPDX-License-Identifier: Apache-2.0
// One direction of a line that misbehaves as written: slow, late, lossy, noisy, stalled.
//
// Time comes from a ManualClock; call `write` and `read` again after each advance.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"

namespace lucarne::test {

/// How the line behaves from now on.
struct LineHabit {
  double bytesPerSecond = 1e9;
  base::Duration latency{};
  std::size_t capacity = 64 * 1024;    ///< bytes held before `write` takes no more
  double bitErrors = 0;                ///< probability per bit
  double losses = 0;                   ///< probability that a byte vanishes
  std::size_t longestRead = SIZE_MAX;  ///< reads are split into pieces of at most this
  bool stalled = false;                ///< nothing moves, nothing is lost
  base::Duration grain{};              ///< bytes move in bursts, this far apart (a polling driver)
};

class FakeLine {
 public:
  FakeLine(const base::ManualClock& clock, std::uint64_t seed)
      : clock_(clock), random_(seed), movedAt_(clock.now()) {}

  void behave(const LineHabit& habit) {
    move();
    habit_ = habit;
  }
  const LineHabit& habit() const { return habit_; }

  /// Takes what there is room for; answers how much.
  std::size_t write(base::Bytes bytes);
  /// Bytes that nobody wrote arrive after what is under way.
  void inject(base::Bytes bytes);
  /// What has arrived by now, at most `longestRead` bytes; empty when nothing has.
  std::vector<std::uint8_t> read();
  /// Bytes that were written and have not been read.
  std::size_t held() const { return queue_.size() + arrivedBytes(); }
  void clear();
  std::uint64_t carried() const { return carried_; }

 private:
  struct Flight {
    base::TimePoint arrival;
    std::vector<std::uint8_t> bytes;
  };

  void move();
  void damage(std::vector<std::uint8_t>& bytes);
  std::size_t arrivedBytes() const;

  const base::ManualClock& clock_;
  std::mt19937_64 random_;
  LineHabit habit_;
  std::deque<std::uint8_t> queue_;
  std::deque<Flight> flights_;
  base::TimePoint movedAt_;
  double credit_ = 0;
  std::uint64_t carried_ = 0;
};

}  // namespace lucarne::test
