// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "bench/commands.h"
#include "bench/run_tasks.h"
#include "bench/text_file.h"

namespace lucarne::bench {

std::string ownFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

Subcommand addPaths(CLI::App& app) {
  struct Options {
    Request request{.lines = {"direct", "0", "5M", "300k"}};
    std::string compareWith;
  };
  const auto options = std::make_shared<Options>();
  Request& request = options->request;
  addOptions(app, request);
  app.add_option("--fps", request.task.framesPerSecond,
                 "drawn in the guest (default 60); own: as fast as its X server takes them")
      ->transform(CLI::Transformer(std::map<std::string, double>{{"own", kOwnPace}}))
      ->check(CLI::Range(0.01, kOwnPace));
  app.add_option("--seconds", request.task.seconds, "measured in each run (default 5)");
  app.add_option("--compare", options->compareWith, "print ratios to these earlier results");
  return [options](const base::Context& context, const std::string& command) {
    const Request& asked = options->request;
    std::vector<Result> before;
    if (!options->compareWith.empty()) before = parseResults(readText(options->compareWith)).results;
    return runTasks(
        context.loop, tasksOf(asked), asked, command, &ResultFile::results,
        [&](const Task& t) { return measure(t, patienceOf(asked), ownFolder()); },
        [](const Outcome& o) {
          return fmt::format("{:.1f} fps, p95 {:.1f} ms", o.shownPerSecond, o.latencyP95);
        },
        [&](const std::vector<Result>& now) {
          return toTable(now) + (before.empty() ? "" : "\n" + toComparison(now, before));
        });
  };
}

}  // namespace lucarne::bench
