// SPDX-License-Identifier: Apache-2.0
// What the measuring commands write with --json, and read again: every run's figures with the task,
// the commands and the machine.
//
//   {"format":3, "commands":[…], "machine":{"processor":…,"cores":…},
//    "results":[{"scene":…, "line":…, "path":…, …, "runs":N, MEDIANS, "each":[{…}, …]}, …],
//    "echoes":[…], "boots":[…], "stills":[…], "changes":[…]}
#pragma once

#include <string>
#include <vector>

#include "bench/beginning.h"
#include "bench/changes.h"
#include "bench/echo.h"
#include "bench/report.h"

namespace lucarne::bench {

struct ResultFile {
  std::vector<std::string> commands;
  std::string processor;
  int cores = 0;
  std::vector<Result> results;
  std::vector<EchoResult> echoes;
  std::vector<BeginningResult> boots;
  std::vector<BeginningResult> stills;
  std::vector<ChangesResult> changes;
};

/// An empty file of this machine's, made by `command`.
ResultFile resultsOfThisMachine(const std::string& command);

std::string toJson(const ResultFile& file);

/// What toJson wrote. Throws UsageError when it is not that.
ResultFile parseResults(const std::string& json);

/// Puts `more`'s runs beside the runs of the same task, so that medians are over all of them, and
/// its other results behind. Throws UsageError when they are from another machine.
void add(ResultFile& file, ResultFile more);

/// Writes to `path`; with `keep`, what is there already stays and this is added.
void write(const std::string& path, ResultFile file, bool keep);

}  // namespace lucarne::bench
