// SPDX-License-Identifier: Apache-2.0
// Numbers out of many.
#pragma once

#include <vector>

#include "base/clock.h"

namespace lucarne::bench {

/// The value that `share` (0 to 1) of them do not exceed; 0 for none.
double percentile(std::vector<double> values, double share);

inline double middle(std::vector<double> values) { return percentile(std::move(values), 0.5); }

/// The middle of times of which those below zero mean "never", which is longer than any; -1 when the
/// middle one is.
double middleOrNever(std::vector<double> values);

inline double milliseconds(base::Duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

inline base::Duration ofSeconds(double seconds) {
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace lucarne::bench
