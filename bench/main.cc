// SPDX-License-Identifier: Apache-2.0
// lucarne-bench: frames per second, latency and cost of display paths, beside their peers.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/program.h"
#include "base/result.h"
#include "bench/codec_command.h"
#include "bench/document.h"
#include "bench/input_bench.h"
#include "bench/limits.h"
#include "bench/report.h"
#include "bench/requests.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;

namespace {

std::string ownFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw base::SetupError("cannot write " + path);
}

bench::ResultFile read(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw base::SetupError("cannot read " + path);
  return bench::parseResults({std::istreambuf_iterator<char>(in), {}});
}

bench::Patience patienceOf(const bench::Request& request) {
  bench::Patience patience;
  patience.exact = std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double>(request.exactSeconds));
  return patience;
}

// Run by run over all tasks, so that a noisy minute of the machine meets every path. What fails is
// said and left out.
template <typename Each, typename Measure, typename Words>
std::vector<std::vector<Each>> interleave(const std::vector<bench::Task>& tasks, int runs,
                                          Measure measure, Words words) {
  std::vector<std::vector<Each>> outcomes(tasks.size());
  for (int run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const bench::Task& t = tasks[i];
      std::fprintf(stderr, "run %d of %d, %zu of %zu: %s %dx%d, line %s, %s … ", run + 1, runs, i + 1,
                   tasks.size(), t.scene.c_str(), t.size.width, t.size.height, t.line.c_str(),
                   t.path.c_str());
      try {
        outcomes[i].push_back(measure(t));
        std::fprintf(stderr, "%s\n", words(outcomes[i].back()).c_str());
      } catch (const base::SetupError& failure) {
        std::fprintf(stderr, "failed: %s\n", failure.what());
      }
    }
  }
  return outcomes;
}

int runPaths(const bench::Request& request, const std::string& compareWith, const std::string& command) {
  std::vector<bench::Result> before;
  if (!compareWith.empty()) before = read(compareWith).results;
  const std::vector<bench::Task> tasks = bench::tasksOf(request);
  auto outcomes = interleave<bench::Outcome>(
      tasks, request.runs,
      [&](const bench::Task& t) { return bench::measure(t, patienceOf(request), ownFolder()); },
      [](const bench::Outcome& o) {
        return fmt::format("{:.1f} fps, p95 {:.1f} ms", o.shownPerSecond, o.latencyP95);
      });
  std::vector<bench::Result> results;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const int runs = static_cast<int>(outcomes[i].size());
    if (runs > 0) results.push_back({tasks[i], bench::median(std::move(outcomes[i])), runs});
  }
  std::fputs(bench::toTable(results).c_str(), stdout);
  if (!before.empty()) std::printf("\n%s", bench::toComparison(results, before).c_str());
  if (!request.jsonTo.empty()) write(request.jsonTo, bench::toJson(results, command));
  return results.empty() ? 1 : 0;
}

int runBoot(const bench::Request& request) {
  const std::vector<bench::Task> tasks = bench::tasksOf(request);
  const auto words = [](double ms) { return ms < 0 ? std::string("never") : fmt::format("{:.0f}", ms); };
  auto beginnings = interleave<bench::Beginning>(
      tasks, request.runs,
      [&](const bench::Task& t) { return bench::measureBeginning(t, patienceOf(request), ownFolder()); },
      [&](const bench::Beginning& b) { return "whole after " + words(b.whole) + " ms"; });
  std::string table =
      "| scene | line | path | first ms | recognisable ms | whole ms | bytes |\n|---|---|---|---|---|---|---|\n";
  bool any = false;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (beginnings[i].empty()) continue;
    any = true;
    const bench::Beginning b = bench::median(std::move(beginnings[i]));
    table += fmt::format("| {} | {} | {} | {} | {} | {} | {:.0f} |\n", tasks[i].scene,
                         bench::lineWords(tasks[i].line), tasks[i].path, words(b.first),
                         words(b.recognisable), words(b.whole), b.lineBytes);
  }
  std::fputs(table.c_str(), stdout);
  if (!request.jsonTo.empty()) write(request.jsonTo, table);
  return any ? 0 : 1;
}

int runLimits(double seconds, const std::string& jsonTo) {
  const std::vector<bench::Limit> limits = bench::measureLimits(seconds);
  std::fputs(bench::toTable(limits).c_str(), stdout);
  if (!jsonTo.empty()) write(jsonTo, bench::toJson(limits));
  return 0;
}

int runDocument(const std::string& results, const std::string& chartsTo, const std::string& command) {
  const bench::ResultFile file = read(results);
  const std::string folder = std::filesystem::path(chartsTo).filename().string();
  std::fputs(bench::toDocument(file, folder, command).c_str(), stdout);
  if (chartsTo.empty()) return 0;
  std::filesystem::create_directories(chartsTo);
  for (const auto& [name, svg] : bench::chartsOf(file.results)) write(chartsTo + "/" + name, svg);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-bench", "Measures display paths, ours and others, in one run");
  CLI::App& options = program.options();
  std::string command = "lucarne-bench";
  for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];

  bench::Request request{.lines = {"direct", "0", "5M", "300k"}};
  std::string compareWith;
  CLI::App& paths =
      *options.add_subcommand("paths", "from a frame drawn in the guest to its pixels on the panel");
  addOptions(paths, request);
  paths.add_option("--fps", request.task.framesPerSecond, "drawn in the guest (default 60)");
  paths.add_option("--seconds", request.task.seconds, "measured in each run (default 5)");
  paths.add_option("--compare", compareWith, "print ratios to these earlier results");

  bench::Request beginning{.lines = {"direct", "0", "115200baud"}, .exactSeconds = 60};
  CLI::App& boot = *options.add_subcommand("boot", "from the start of a path to its first pictures");
  addOptions(boot, beginning);

  double limitSeconds = 1;
  std::string limitsTo;
  CLI::App& limits = *options.add_subcommand("limits", "what this machine can do at best");
  limits.add_option("--seconds", limitSeconds, "for each limit (default 1)")->check(CLI::Range(0.05, 60.0));
  limits.add_option("--json", limitsTo, "write the results here");

  bench::InputBench moves;
  CLI::App& input = *options.add_subcommand("input", "pointer moves back to back, over lines of several speeds");
  addOptions(input, moves);

  CLI::App& codec = *options.add_subcommand("codec", "the screen codec alone, by method or on lines");
  codec.prefix_command();

  std::string earlier, chartsTo;
  CLI::App& show = *options.add_subcommand("show", "prints the table of earlier results");
  show.add_option("file", earlier, "what `paths --json` wrote")->required();
  CLI::App& document = *options.add_subcommand("document", "prints a page with earlier results");
  document.add_option("file", earlier, "what `paths --json` wrote")->required();
  document.add_option("--charts", chartsTo, "write its charts into this folder beside the page");
  options.require_subcommand(1);

  return program.run(argc, argv, [&](base::Context&) {
    if (paths.parsed()) return runPaths(request, compareWith, command);
    if (boot.parsed()) return runBoot(beginning);
    if (limits.parsed()) return runLimits(limitSeconds, limitsTo);
    if (input.parsed()) return bench::runInputBench(moves);
    if (codec.parsed()) return bench::runCodecBench(codec.remaining());
    if (document.parsed()) return runDocument(earlier, chartsTo, command);
    std::fputs(bench::toTable(read(earlier).results).c_str(), stdout);
    return 0;
  });
}
