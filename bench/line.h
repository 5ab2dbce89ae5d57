// SPDX-License-Identifier: Apache-2.0
// A line between two descriptors in the loop, shaped both ways, with faults on demand.
#pragma once

#include "base/loop.h"
#include "base/program.h"
#include "bench/shaper.h"

namespace lucarne::bench {

/// Which way bytes travel: from the first end to the second, or back.
enum class Way { Forward = 0, Backward = 1 };

struct LineCounts {
  std::uint64_t forwardBytes = 0;
  std::uint64_t backwardBytes = 0;
  std::uint64_t bitsFlipped = 0;
};

class Line {
 public:
  /// Both ends are non-blocking, both ways, and outlive the line. An end that is closed by its
  /// peer ends its direction; the other one goes on.
  Line(const base::UniqueFd& first, const base::UniqueFd& second, const LineShape& shape,
       const base::Context& context);

  /// `count` random bytes that nobody sent.
  void inject(Way way, std::size_t count);
  /// Both ways.
  void setBitErrorRate(double rate);
  /// Both ways, from now on; 0: as fast as the ends take it.
  void setRate(double bytesPerSecond);
  /// Both ways: nothing moves for this long.
  void stall(base::Duration time);
  LineCounts counts() const;

 private:
  // Bytes from one descriptor to the other.
  struct Direction {
    const base::UniqueFd& from;
    const base::UniqueFd& to;
    Shaper shaper;
    base::Watch input;
    base::Watch output;
    base::Timer timer;
    bool ended = false;
  };

  void start(Direction& direction);
  void carry(Direction& direction);
  void readIn(Direction& direction, base::TimePoint now);
  bool writeOut(Direction& direction, base::TimePoint now);

  base::Context context_;
  Direction ways_[2];
  std::mt19937_64 random_;
};

}  // namespace lucarne::bench
