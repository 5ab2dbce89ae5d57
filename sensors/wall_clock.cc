// SPDX-License-Identifier: Apache-2.0
#include "sensors/wall_clock.h"

#include <ctime>

#include <fmt/format.h>

namespace lucarne::sensors {

std::string isoTime(WallMs ms) {
  // Floor, so that times before 1970 have a positive fraction too.
  std::int64_t seconds = ms / 1000;
  std::int64_t rest = ms % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  if (::gmtime_r(&time, &utc) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, rest);
}

}  // namespace lucarne::sensors
