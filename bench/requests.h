// SPDX-License-Identifier: Apache-2.0
// What the command line of lucarne-bench's measuring subcommands says, and the tasks it means.
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"

namespace CLI {
class App;
}

namespace lucarne::bench {

struct Request {
  std::vector<std::string> scenes;
  std::vector<std::string> lines;
  std::vector<std::string> paths;
  std::vector<std::string> sizes = {"1280x800"};
  std::vector<int> rotations = {0};
  std::vector<std::string> windows = {"full screen"};
  Task task;
  int runs = 3;
  double exactSeconds = 20;
  std::string jsonTo;
  bool add = false;  ///< to what is in that file
};

/// Declares what `paths`, `boot`, `stills` and `changes` have in common; without scenes in the
/// request all that move are the default. `request` outlives the parsing.
void addOptions(CLI::App& app, Request& request);
/// Declares --runs, --json and --add.
void addResultOptions(CLI::App& app, Request& request);
/// Declares --line.
void addLineOption(CLI::App& app, Request& request);
/// Declares --path, with all paths as the default, and --server-fps.
void addPathOptions(CLI::App& app, Request& request);

Patience patienceOf(const Request& request);

/// Every combination that makes sense here; says on standard error what is left out and why. Throws
/// UsageError.
std::vector<Task> tasksOf(const Request& request);

}  // namespace lucarne::bench
