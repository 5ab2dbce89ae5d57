// SPDX-License-Identifier: Apache-2.0
// How a line behaves: its speed, its delay and its mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace lucarne::bench {

struct LineShape {
  double bytesPerSecond = 0;   ///< each way; 0: as fast as the ends take it
  base::Duration latency{};    ///< one way
  std::size_t pieceBytes = 0;  ///< handed over at most this much at a time (hvc: 16); 0: no limit
  double bitErrorRate = 0;     ///< probability that a bit arrives inverted
  std::uint64_t seed = 1;      ///< of the errors: the same seed makes the same ones
};

/// "5M", "300k", "2000" bytes a second (decimal multiples), "115200baud" (ten bits a byte: start,
/// eight, stop), "0" without limit. Throws UsageError.
double parseRate(std::string_view text);

}  // namespace lucarne::bench
