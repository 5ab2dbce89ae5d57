// SPDX-License-Identifier: Apache-2.0
// Results for people: tables in Markdown.
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"

namespace lucarne::bench {

struct Result {
  Task task;
  std::vector<Outcome> runs;  ///< at least one
};

/// The same thing measured, at another time or for longer.
bool sameTask(const Task& a, const Task& b);

/// "bare PTY", "300kB/s", "unix"
std::string lineWords(const std::string& line);
/// The same with its faults: "5MB/s, 1e-05 wrong bits".
std::string lineWords(const Task& task);

/// The scene, and whatever of the task is not as usual: "typing, windowed, turned by 90".
std::string sceneWords(const Task& task, bool withSize);

/// "120 ms", or "never" with how many pixels differ.
std::string exactWords(double untilExact, double differingPixels);

bool haveSeveralSizes(const std::vector<Result>& results);

/// One row a result, in Markdown, which is readable on a terminal too.
std::string toTable(const std::vector<Result>& results);

/// One row a program of each path, over all results: its memory at most, its processor time at least
/// and at most.
std::string toProgramTable(const std::vector<Result>& results);

/// Ratios of `now` to `before`, result by result.
std::string toComparison(const std::vector<Result>& now, const std::vector<Result>& before);

}  // namespace lucarne::bench
