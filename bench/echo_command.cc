// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "bench/commands.h"
#include "bench/interleave.h"
#include "bench/requests.h"
#include "bench/results_file.h"

namespace lucarne::bench {

namespace {

int runEcho(base::Loop& loop, const Request& request, const std::string& command) {
  const std::vector<Task> tasks = tasksOf(request);
  ResultFile file = resultsOfThisMachine(command);
  file.echoes = measured<EchoResult>(
      tasks, interleave<EchoOutcome>(
                 loop, tasks, request.runs,
                 [](const Task& t) { return measureEcho(t, Patience{}, ownFolder()); },
                 [](const EchoOutcome& o) {
                   return fmt::format("key p95 {:.1f} ms, pointer p95 {:.1f} ms", o.key.p95,
                                      o.pointer.p95);
                 }));
  std::fputs(toTable(file.echoes).c_str(), stdout);
  const bool any = !file.echoes.empty();
  write(request.jsonTo, std::move(file), request.add);
  return any ? 0 : 1;
}

}  // namespace

Subcommand addEcho(CLI::App& app) {
  const auto request = std::make_shared<Request>(
      Request{.scenes = {kAtRest, "video"}, .lines = {"0", "5M", "300k"}});
  request->task.seconds = 10;
  addPathOptions(app, *request);
  app.add_option("--while", request->scenes, "what the guest shows meanwhile: rest, or a scene")
      ->delimiter(',');
  addLineOption(app, *request);
  app.add_option("--size", request->sizes, "of the guest's screen (default 1280x800)")
      ->delimiter(',');
  app.add_option("--runs", request->runs, "of which the median counts (default 3)")
      ->check(CLI::Range(1, 100));
  app.add_option("--seconds", request->task.seconds, "measured in each run (default 10)");
  app.add_option("--json", request->jsonTo, "write the results here");
  app.add_flag("--add", request->add, "add to what --json's file holds: medians are over all runs");
  return [request](const base::Context& context, const std::string& words) {
    return runEcho(context.loop, *request, words);
  };
}

}  // namespace lucarne::bench
