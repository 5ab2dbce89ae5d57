// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

namespace lucarne::base {

TimePoint RealClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

}  // namespace lucarne::base
