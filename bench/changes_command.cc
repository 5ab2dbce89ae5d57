// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/result.h"
#include "bench/changes.h"
#include "bench/commands.h"
#include "bench/run_tasks.h"

namespace lucarne::bench {

namespace {

std::string words(const ChangesOutcome& outcome) {
  double worst = 0;
  for (const PhaseOutcome& p : outcome.phases) {
    if (p.settled < 0) return "lost after " + p.name;
    worst = std::max(worst, p.settled);
  }
  return fmt::format("settles within {:.0f} ms", worst);
}

}  // namespace

Subcommand addChanges(CLI::App& app) {
  const auto request = std::make_shared<Request>(
      Request{.scenes = {"typing", "dragging", "video"}, .lines = {"5M"}, .runs = 1});
  addOptions(app, *request);
  return [request](const base::Context& context, const std::string& command) {
    for (const std::string& line : request->lines) {
      if (lineKindOf(line) == LineKind::Terminal) continue;
      throw base::UsageError("a line that changes has a rate; '" + line + "' has none");
    }
    return runTasks(
        context.loop, tasksOf(*request), *request, command, &ResultFile::changes,
        [&](const Task& t) { return measureChanges(t, patienceOf(*request), ownFolder()); }, words,
        [](const std::vector<ChangesResult>& results) { return toTable(results); });
  };
}

}  // namespace lucarne::bench
