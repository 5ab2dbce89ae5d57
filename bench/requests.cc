// SPDX-License-Identifier: Apache-2.0
#include "bench/requests.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/result.h"
#include "bench/gl_window.h"
#include "bench/installed.h"
#include "bench/scenes/scene.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

surface::Size parseSize(const std::string& text) {
  int width = 0;
  int height = 0;
  char end = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &width, &height, &end) != 2 ||
      !surface::isAcceptable(width, height)) {
    throw base::UsageError(fmt::format("'{}' is not a size; write 1280x800", text));
  }
  return {width, height};
}

// Why this task cannot be measured here; nothing when it can.
std::optional<std::string> obstacle(const Task& task) {
  const DisplayPath& row = displayPath(task.path);
  for (const std::string& program : row.needs) {
    if (!isInstalled(program)) return fmt::format("{} (no {})", task.path, program);
  }
  if (task.rotation != surface::Rotation::Deg0 && !row.turns) {
    return fmt::format("{} turned by {} (it cannot)", task.path, degrees(task.rotation));
  }
  if (task.scene == kGlScene && !hasGl()) return "gl (built without OpenGL)";
  return std::nullopt;
}

// The task with every rotation, window and path.
void addTurnsAndPaths(const Request& request, Task task, std::vector<Task>& tasks) {
  for (const int turn : request.rotations) {
    const auto rotation = surface::rotationOf(turn);
    if (!rotation) throw base::UsageError("a rotation is 0, 90, 180 or 270");
    task.rotation = *rotation;
    for (const std::string& window : request.windows) {
      task.window = window;
      for (const std::string& path : request.paths) {
        task.path = path;
        if (const auto why = obstacle(task)) {
          std::fprintf(stderr, "left out: %s\n", why->c_str());
        } else {
          tasks.push_back(task);
        }
      }
    }
  }
}

}  // namespace

void addPathOptions(CLI::App& app, Request& request) {
  std::string names;
  for (const auto& path : displayPaths()) {
    if (!path.onlyNamed) request.paths.push_back(path.name);
    names += std::string(path.name) + ", ";
  }
  app.add_option("--path", request.paths, names + "default: all")->delimiter(',');
  app.add_option("--server-fps", request.task.serverRate,
                 "updates a second that the guest's VNC server sends at most (default 60)")
      ->check(CLI::Range(1, 1000));
}

void addLineOption(CLI::App& app, Request& request) {
  app.add_option("--line", request.lines,
                 "direct, unix, tcp, or a rate: 0 (bare PTY), 5M, 300k, 115200baud")
      ->delimiter(',');
}

void addOptions(CLI::App& app, Request& request) {
  const bool any = request.scenes.empty();
  for (const auto* row : sceneRows()) {
    if (any && !row->still) request.scenes.push_back(row->name);
  }
  if (any && hasGl()) request.scenes.push_back(kGlScene);
  std::string names;
  for (const std::string& name : request.scenes) names += name + ", ";
  app.add_option("--scene", request.scenes, "default: " + names + "also recording:FILE")
      ->delimiter(',');
  addLineOption(app, request);
  addPathOptions(app, request);
  app.add_option("--size", request.sizes, "of the guest's screen (default 1280x800)")
      ->delimiter(',');
  app.add_option("--rotate", request.rotations, "degrees")->delimiter(',');
  app.add_option("--window", request.windows, "full (default), windowed")
      ->delimiter(',')
      ->transform(CLI::Transformer({{"full", "full screen"}, {"windowed", "windowed"}}))
      ->check(CLI::IsMember({"full screen", "windowed"}));
  app.add_option("--errors", request.task.faults.bitErrorRate, "bit errors on the line")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--exact-within", request.exactSeconds, "seconds waited for an exact picture")
      ->check(CLI::Range(0.0, 3600.0));
  addResultOptions(app, request);
}

void addResultOptions(CLI::App& app, Request& request) {
  app.add_option("--runs", request.runs,
                 fmt::format("of which the median counts (default {})", request.runs))
      ->check(CLI::Range(1, 100));
  app.add_option("--json", request.jsonTo, "write the results here");
  app.add_flag("--add", request.add, "add to what --json's file holds: medians are over all runs");
}

Patience patienceOf(const Request& request) {
  Patience patience;
  patience.exact = ofSeconds(request.exactSeconds);
  return patience;
}

std::vector<Task> tasksOf(const Request& request) {
  std::vector<Task> tasks;
  for (const std::string& size : request.sizes) {
    for (const std::string& scene : request.scenes) {
      for (const std::string& line : request.lines) {
        lineKindOf(line);  // refuses what is none
        Task task = request.task;
        task.scene = scene;
        task.line = line;
        task.size = parseSize(size);
        addTurnsAndPaths(request, task, tasks);
      }
    }
  }
  return tasks;
}

}  // namespace lucarne::bench
