// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "bench/commands.h"
#include "bench/interleave.h"
#include "bench/requests.h"
#include "bench/results_file.h"
#include "bench/statistics.h"
#include "bench/text_file.h"

namespace lucarne::bench {

namespace {

Patience patienceOf(const Request& request) {
  Patience patience;
  patience.exact = ofSeconds(request.exactSeconds);
  return patience;
}

int runPaths(base::Loop& loop, const Request& request, const std::string& compareWith,
             const std::string& command) {
  std::vector<Result> before;
  if (!compareWith.empty()) before = parseResults(readText(compareWith)).results;
  const std::vector<Task> tasks = tasksOf(request);
  ResultFile file = resultsOfThisMachine(command);
  file.results = measured<Result>(
      tasks, interleave<Outcome>(
                 loop, tasks, request.runs,
                 [&](const Task& t) { return measure(t, patienceOf(request), ownFolder()); },
                 [](const Outcome& o) {
                   return fmt::format("{:.1f} fps, p95 {:.1f} ms", o.shownPerSecond, o.latencyP95);
                 }));
  std::fputs(toTable(file.results).c_str(), stdout);
  if (!before.empty()) std::printf("\n%s", toComparison(file.results, before).c_str());
  const bool any = !file.results.empty();
  write(request.jsonTo, std::move(file), request.add);
  return any ? 0 : 1;
}

std::string timeWords(double ms) { return ms < 0 ? "never" : fmt::format("{:.0f}", ms); }

int runBoot(base::Loop& loop, const Request& request) {
  const std::vector<Task> tasks = tasksOf(request);
  const auto beginnings = interleave<Beginning>(
      loop, tasks, request.runs,
      [&](const Task& t) { return measureBeginning(t, patienceOf(request), ownFolder()); },
      [](const Beginning& b) { return "whole after " + timeWords(b.whole) + " ms"; });
  std::string table =
      "| scene | line | path | first ms | recognisable ms | whole ms | bytes "
      "|\n|---|---|---|---|---|---|---|\n";
  bool any = false;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (beginnings[i].empty()) continue;
    any = true;
    const Beginning b = median(beginnings[i]);
    table += fmt::format("| {} | {} | {} | {} | {} | {} | {:.0f} |\n", tasks[i].scene,
                         lineWords(tasks[i].line), tasks[i].path, timeWords(b.first),
                         timeWords(b.recognisable), timeWords(b.whole), b.lineBytes);
  }
  std::fputs(table.c_str(), stdout);
  if (!request.jsonTo.empty()) writeText(request.jsonTo, table);
  return any ? 0 : 1;
}

}  // namespace

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
  app.add_flag("--add", request.add, "add to what --json's file holds: medians are over all runs");
  return [options](const base::Context& context, const std::string& words) {
    return runPaths(context.loop, options->request, options->compareWith, words);
  };
}

Subcommand addBoot(CLI::App& app) {
  const auto request = std::make_shared<Request>(
      Request{.lines = {"direct", "0", "115200baud"}, .exactSeconds = 60});
  addOptions(app, *request);
  return [request](const base::Context& context, const std::string&) {
    return runBoot(context.loop, *request);
  };
}

}  // namespace lucarne::bench
