// SPDX-License-Identifier: Apache-2.0
// The most of something that was seen in any second.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/clock.h"

namespace lucarne::xenstore {

/// Remembers a second in steps of a millisecond, so that it needs the same little memory whatever
/// happens. A second is counted with the whole of the millisecond in which it begins.
class BusiestSecond {
 public:
  void note(std::uint64_t count, base::TimePoint now) {
    if (count == 0) return;
    const std::int64_t ms = base::toMicroseconds(now.time_since_epoch()) / 1000;
    while (!steps_.empty() && steps_.front().ms + 1000 < ms) {
      sum_ -= steps_.front().count;
      steps_.pop_front();
    }
    if (steps_.empty() || steps_.back().ms != ms) steps_.push_back({ms, 0});
    steps_.back().count += count;
    sum_ += count;
    if (sum_ > most_) most_ = sum_;
  }

  /// Of the seconds that ended since the last call.
  std::uint64_t take() { return std::exchange(most_, 0); }

 private:
  struct Step {
    std::int64_t ms;
    std::uint64_t count;
  };
  std::deque<Step> steps_;
  std::uint64_t sum_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace lucarne::xenstore
