// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "bench/beginning.h"
#include "bench/commands.h"
#include "bench/run_tasks.h"

namespace lucarne::bench {

namespace {

using Measure = Beginning (*)(const Task&, const Patience&, const std::string&);

Subcommand comingOf(CLI::App& app, Request request, Measure measure,
                    std::vector<BeginningResult> ResultFile::*list) {
  const auto shared = std::make_shared<Request>(std::move(request));
  addOptions(app, *shared);
  return [=](const base::Context& context, const std::string& words) {
    return runTasks(
        context.loop, tasksOf(*shared), *shared, words, list,
        [&](const Task& t) { return measure(t, patienceOf(*shared), ownFolder()); },
        [](const Beginning& b) {
          return b.whole < 0 ? std::string("never whole") : fmt::format("whole after {:.0f} ms", b.whole);
        },
        [](const std::vector<BeginningResult>& results) { return toTable(results); });
  };
}

}  // namespace

Subcommand addBoot(CLI::App& app) {
  return comingOf(app, Request{.lines = {"direct", "0", "115200baud"}, .exactSeconds = 60},
                  measureBoot, &ResultFile::boots);
}

Subcommand addStills(CLI::App& app) {
  return comingOf(app,
                  Request{.scenes = {"page", "wallpaper"}, .lines = {"115200baud"}, .exactSeconds = 90},
                  measureStill, &ResultFile::stills);
}

}  // namespace lucarne::bench
