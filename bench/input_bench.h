// SPDX-License-Identifier: Apache-2.0
// A thousand pointer moves back to back over lines of several kinds: both ends are lucarne-moves,
// the line between them is lucarne-line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/commands.h"

namespace lucarne::bench {

struct InputBench {
  std::vector<std::string> lines = {"0", "5M", "300k", "115200baud"};  ///< as lucarne-line's --rate
  double bitErrorRate = 0;
  std::uint32_t count = 1000;
  int runs = 3;
  std::string jsonTo;  ///< a file for every run's own words; empty: none
};

/// Prints a table (the median run of each line, by the receiver's time). 0 when every position of
/// every run arrived. Throws SetupError. Blocks.
int runInputBench(const InputBench& request);

/// As in bench/commands.h.
Subcommand addInput(CLI::App& app);

}  // namespace lucarne::bench
