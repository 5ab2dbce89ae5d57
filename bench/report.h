// SPDX-License-Identifier: Apache-2.0
// Results for people (a table), for programs (JSON) and for documents (Markdown).
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"

namespace lucarne::bench {

struct Result {
  Task task;
  Outcome median;
  int runs = 0;
};

/// What a file of results holds.
struct ResultFile {
  std::string command;
  std::string processor;
  int cores = 0;
  std::vector<Result> results;
};

/// "bare PTY", "300kB/s"
std::string lineWords(const std::string& line);

/// One row a result, in Markdown, which is readable on a terminal too.
std::string toTable(const std::vector<Result>& results);

/// Everything: {"format":2,"command":…,"machine":…,"results":[…]}.
std::string toJson(const std::vector<Result>& results, const std::string& command);

/// What toJson wrote. Throws UsageError when it is not that.
ResultFile parseResults(const std::string& json);

/// Ratios of `now` to `before`, result by result.
std::string toComparison(const std::vector<Result>& now, const std::vector<Result>& before);

}  // namespace lucarne::bench
