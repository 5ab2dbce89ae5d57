// SPDX-License-Identifier: Apache-2.0
// lucarne-bench: frames per second, latency and cost of display paths, beside their peers.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/program.h"
#include "base/result.h"
#include "bench/installed.h"
#include "bench/report.h"
#include "bench/scenes/scene.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;
namespace surface = lucarne::surface;

namespace {

struct Request {
  std::vector<std::string> scenes;
  std::vector<std::string> lines = {"direct", "0", "5M", "300k"};
  std::vector<std::string> paths;
  std::string size = "1280x800";
  std::vector<int> rotations = {0};
  bench::Task task;
  int runs = 3;
  double exactSeconds = 20;
  std::string jsonTo;
  std::string compareWith;
  std::string command;
};

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

std::string ownFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

// Every combination that makes sense here; says what is left out and why.
std::vector<bench::Task> tasksOf(const Request& request) {
  std::vector<bench::Task> tasks;
  for (const std::string& scene : request.scenes) {
    for (const std::string& line : request.lines) {
      if (line != "direct") bench::parseRate(line);
      for (const int degrees : request.rotations) {
        for (const std::string& path : request.paths) {
          const bench::DisplayPath& row = bench::displayPath(path);
          const auto missing = std::find_if_not(row.needs.begin(), row.needs.end(),
                                                [](const auto& p) { return bench::isInstalled(p); });
          bench::Task task = request.task;
          task.scene = scene;
          task.line = line;
          task.path = path;
          task.size = parseSize(request.size);
          const auto rotation = surface::rotationOf(degrees);
          if (!rotation) throw base::UsageError("a rotation is 0, 90, 180 or 270");
          task.rotation = *rotation;
          if (missing != row.needs.end()) {
            std::fprintf(stderr, "left out: %s (no %s)\n", path.c_str(), missing->c_str());
          } else if (degrees != 0 && !row.turns) {
            std::fprintf(stderr, "left out: %s turned by %d (it cannot)\n", path.c_str(), degrees);
          } else {
            tasks.push_back(std::move(task));
          }
        }
      }
    }
  }
  return tasks;
}

std::vector<bench::Result> measureAll(const Request& request) {
  const std::vector<bench::Task> tasks = tasksOf(request);
  bench::Patience patience;
  patience.exact = std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double>(request.exactSeconds));
  std::vector<std::vector<bench::Outcome>> outcomes(tasks.size());
  // Run by run over all tasks, so that a noisy minute of the machine meets every path.
  for (int run = 0; run < request.runs; ++run) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const bench::Task& t = tasks[i];
      std::fprintf(stderr, "run %d of %d, %zu of %zu: %s, line %s, %s … ", run + 1, request.runs,
                   i + 1, tasks.size(), t.scene.c_str(), t.line.c_str(), t.path.c_str());
      try {
        outcomes[i].push_back(bench::measure(t, patience, ownFolder()));
        const bench::Outcome& o = outcomes[i].back();
        std::fprintf(stderr, "%.1f fps, p95 %.1f ms\n", o.shownPerSecond, o.latencyP95);
      } catch (const base::SetupError& failure) {
        std::fprintf(stderr, "failed: %s\n", failure.what());
      }
    }
  }
  std::vector<bench::Result> results;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const int runs = static_cast<int>(outcomes[i].size());
    if (runs > 0) results.push_back({tasks[i], bench::median(std::move(outcomes[i])), runs});
  }
  return results;
}

std::vector<bench::Result> readResults(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw base::SetupError("cannot read " + path);
  return bench::parseResults({std::istreambuf_iterator<char>(in), {}});
}

int runPaths(const Request& request) {
  std::vector<bench::Result> before;
  if (!request.compareWith.empty()) before = readResults(request.compareWith);
  const auto results = measureAll(request);
  std::fputs(bench::toTable(results).c_str(), stdout);
  if (!before.empty()) std::printf("\n%s", bench::toComparison(results, before).c_str());
  if (!request.jsonTo.empty()) {
    std::ofstream out(request.jsonTo);
    out << bench::toJson(results, request.command);
    if (!out.flush()) throw base::SetupError("cannot write " + request.jsonTo);
  }
  return results.empty() ? 1 : 0;
}

void describePaths(CLI::App& paths, Request& request) {
  for (const auto* row : bench::sceneRows()) request.scenes.push_back(row->name);
  for (const auto& path : bench::displayPaths()) request.paths.push_back(path.name);
  paths.add_option("--scene", request.scenes, "typing, scrolling, … (default: all)")->delimiter(',');
  paths.add_option("--line", request.lines, "direct, or a rate: 0 (bare PTY), 5M, 300k, 115200baud")
      ->delimiter(',');
  paths.add_option("--path", request.paths, "lucarne, tigervnc (default: all)")->delimiter(',');
  paths.add_option("--size", request.size, "of the guest's screen (default 1280x800)");
  paths.add_option("--rotate", request.rotations, "degrees")->delimiter(',');
  paths.add_option("--fps", request.task.framesPerSecond, "drawn in the guest (default 60)");
  paths.add_option("--seconds", request.task.seconds, "measured in each run (default 5)");
  paths.add_option("--runs", request.runs, "of which the median counts (default 3)")
      ->check(CLI::Range(1, 100));
  paths.add_option("--errors", request.task.faults.bitErrorRate, "bit errors on the line");
  paths.add_option("--exact-within", request.exactSeconds, "seconds waited at rest (default 20)");
  paths.add_option("--json", request.jsonTo, "write the results here");
  paths.add_option("--compare", request.compareWith, "print ratios to these earlier results");
}

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-bench", "Measures display paths, ours and others, in one run");
  Request request;
  for (int i = 0; i < argc; ++i) {
    request.command += i == 0 ? "lucarne-bench" : std::string(" ") + argv[i];
  }
  CLI::App& paths = *program.options().add_subcommand(
      "paths", "from a frame drawn in the guest to its pixels on the panel");
  describePaths(paths, request);
  CLI::App& show = *program.options().add_subcommand("show", "prints the table of earlier results");
  std::string earlier;
  show.add_option("file", earlier, "what `paths --json` wrote")->required();
  program.options().require_subcommand(1);
  return program.run(argc, argv, [&](base::Context&) {
    if (paths.parsed()) return runPaths(request);
    std::fputs(bench::toTable(readResults(earlier)).c_str(), stdout);
    return 0;
  });
}
