// SPDX-License-Identifier: Apache-2.0
// What a running process has used, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace lucarne::bench {

struct ProcessUsage {
  double cpuSeconds = 0;  ///< all threads, user and system, in ticks of 10 ms
  std::int64_t residentBytes = 0;
  std::int64_t peakResidentBytes = 0;
  std::int64_t wakeUps = 0;  ///< voluntary context switches of all threads
  int descriptors = 0;       ///< open ones
};

/// Nothing when there is no such process, or it is not ours to look at.
std::optional<ProcessUsage> usageOf(pid_t pid);

}  // namespace lucarne::bench
