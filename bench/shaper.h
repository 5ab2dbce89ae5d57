// SPDX-License-Identifier: Apache-2.0
// One direction of a line: bytes go in, and come out as late and as damaged as the LineShape says.
//
// A pure state machine: time is a parameter. Memory is bounded: `room` says how much may go in, and
// closes while the line is busy or the far end does not take what is due.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "bench/line_shape.h"

namespace lucarne::bench {

class Shaper {
 public:
  explicit Shaper(const LineShape& shape);

  /// Takes effect for what goes in from now on.
  void setBitErrorRate(double rate);
  void setRate(double bytesPerSecond);
  /// Nothing arrives and nothing goes in for this long; nothing is lost.
  void stall(base::Duration time, base::TimePoint now);

  /// How many bytes may go in now; 0: ask again at `deadline`, or after `take`.
  std::size_t room(base::TimePoint now) const;
  /// Puts bytes on the line, at most `room` of them.
  void put(base::Bytes bytes, base::TimePoint now);
  /// Puts bytes on the line that nobody sent: a fault. Not counted as carried.
  void inject(base::Bytes bytes, base::TimePoint now);

  /// The bytes that are due and not taken yet, one piece of them; empty: none.
  base::Bytes due(base::TimePoint now) const;
  /// The far end took this many of `due`.
  void take(std::size_t count);

  /// When something becomes due, or the line gets room again; nothing while it is idle.
  std::optional<base::TimePoint> deadline(base::TimePoint now) const;

  std::uint64_t bytesCarried() const { return carried_; }
  std::uint64_t bitsFlipped() const { return flipped_; }

 private:
  struct Piece {
    base::TimePoint due;
    std::vector<std::uint8_t> bytes;
    std::size_t taken = 0;
  };

  base::Duration lineTime(std::size_t bytes) const;
  std::uint64_t bitsToNextError();
  void damage(std::vector<std::uint8_t>& bytes);

  LineShape shape_;
  std::size_t grain_;  // bytes handed over together
  std::deque<Piece> pieces_;
  std::size_t waiting_ = 0;  // bytes in pieces_
  base::TimePoint lineFree_{};
  base::TimePoint stalledUntil_{};
  std::mt19937_64 random_;
  std::uint64_t errorIn_ = 0;  // bits until the next inverted one
  std::uint64_t carried_ = 0;
  std::uint64_t flipped_ = 0;
};

}  // namespace lucarne::bench
