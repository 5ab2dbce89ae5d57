// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "bench/commands.h"
#include "bench/displays.h"
#include "bench/qemu_path.h"
#include "bench/run_tasks.h"

namespace lucarne::bench {

namespace {

// The guest is compiled for this size.
constexpr surface::Size kPainterSize{1280, 800};

// Windowed and full screen for each path, and full screen on its side for those that can turn.
std::vector<Task> displayTasks(const Request& request) {
  std::vector<Task> tasks;
  for (const std::string& path : request.paths) {
    for (const auto& [window, rotation] : {std::pair{"windowed", surface::Rotation::Deg0},
                                           std::pair{"full screen", surface::Rotation::Deg0},
                                           std::pair{"full screen", surface::Rotation::Deg90}}) {
      Task task = request.task;
      task.guest = kQemuGuest;
      task.scene = kPainterScene;
      task.line = "direct";
      task.path = path;
      task.window = window;
      task.size = kPainterSize;
      task.rotation = rotation;
      task.framesPerSecond = kPainterRate;
      if (const std::string why = displayObstacle(task, ownFolder()); !why.empty()) {
        std::fprintf(stderr, "left out: %s\n", why.c_str());
      } else {
        tasks.push_back(std::move(task));
      }
    }
  }
  return tasks;
}

}  // namespace

Subcommand addDisplays(CLI::App& app) {
  const auto request = std::make_shared<Request>();
  std::string names;
  for (const QemuPath& path : qemuPaths()) {
    request->paths.emplace_back(path.name);
    names += std::string(path.name) + ", ";
  }
  app.add_option("--path", request->paths, names + "default: all")->delimiter(',');
  app.add_option("--seconds", request->task.seconds, "measured in each run (default 5)");
  addResultOptions(app, *request);
  return [request](const base::Context& context, const std::string& command) {
    return runTasks(
        context.loop, displayTasks(*request), *request, command, &ResultFile::results,
        [](const Task& t) { return measureDisplay(t, ownFolder()); },
        [](const Outcome& o) { return fmt::format("{:.1f} fps", o.shownPerSecond); },
        toDisplayTable);
  };
}

}  // namespace lucarne::bench
