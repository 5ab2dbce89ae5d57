// SPDX-License-Identifier: Apache-2.0
// `lucarne-bench codec`: what the screen codec costs, and what it makes of simulated lines.
#pragma once

#include <string>
#include <vector>

namespace lucarne::bench {

/// `arguments` without program and subcommand: --lines[=SCENE[@RATE]], or Google Benchmark's own. The
/// exit status. Throws SetupError in a build without Google Benchmark.
int runCodecBench(std::vector<std::string> arguments);

}  // namespace lucarne::bench
