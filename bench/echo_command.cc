// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "bench/commands.h"
#include "bench/run_tasks.h"

namespace lucarne::bench {

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
  app.add_option("--seconds", request->task.seconds, "measured in each run (default 10)");
  addResultOptions(app, *request);
  return [request](const base::Context& context, const std::string& command) {
    return runTasks(
        context.loop, tasksOf(*request), *request, command, &ResultFile::echoes,
        [](const Task& t) { return measureEcho(t, Patience{}, ownFolder()); },
        [](const EchoOutcome& o) {
          return fmt::format("key p95 {:.1f} ms, pointer p95 {:.1f} ms", o.key.p95, o.pointer.p95);
        },
        [](const std::vector<EchoResult>& results) { return toTable(results); });
  };
}

}  // namespace lucarne::bench
