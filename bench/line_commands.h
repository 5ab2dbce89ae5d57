// SPDX-License-Identifier: Apache-2.0
// The orders that lucarne-line takes while it runs: one a line on standard input, each answered by
// one line of JSON on standard output.
//
//   stats                          what was carried
//   inject forward|backward COUNT  COUNT random bytes (at most kLargestInjection)
//   errors RATE                    bit error rate from now on, both ways
//   rate RATE                      speed from now on, both ways: 5M, 50k, 115200baud, 0
//   stall SECONDS                  nothing moves for so long (at most kLongestStall), nothing is lost
#pragma once

#include <string>
#include <string_view>

#include "bench/line.h"

namespace lucarne::bench {

/// Faults come in bites; a larger one would be a different line.
inline constexpr std::size_t kLargestInjection = 1 << 20;

inline constexpr double kLongestStall = 3600;  // s

/// Counts as JSON: {"forward_bytes":…,"backward_bytes":…,"bits_flipped":…}
std::string toJson(const LineCounts& counts);

/// Does what the order says and answers; {"error":"…"} for one that is not understood.
std::string obey(Line& line, std::string_view order);

}  // namespace lucarne::bench
