// SPDX-License-Identifier: Apache-2.0
// What this machine can do at best, so that each figure of a path stands beside its physical limit.
#pragma once

#include <string>
#include <vector>

namespace lucarne::bench {

struct Limit {
  std::string what;             ///< "PTY", "unix socket", "memcpy of a 1280x800 frame"
  double bytesPerSecond = 0;    ///< 0: not there; `words` says why
  double oneWayUs = 0;          ///< one byte, from write to read; 0: not measured
  double bytesPerRead = 0;      ///< what a reader gets at once; 0: not measured
  std::string words;
};

/// Takes about `seconds` for each limit. Starts a child process for each pair of ends. Throws
/// SetupError when the machine refuses a pipe or a process.
std::vector<Limit> measureLimits(double seconds);

std::string toTable(const std::vector<Limit>& limits);
std::string toJson(const std::vector<Limit>& limits);

}  // namespace lucarne::bench
