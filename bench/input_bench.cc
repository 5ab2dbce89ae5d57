// SPDX-License-Identifier: Apache-2.0
#include "bench/input_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "bench/child.h"
#include "bench/folder_watch.h"
#include "bench/input_moves.h"
#include "bench/temporary_folder.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kPatience = std::chrono::seconds(120);
constexpr base::Duration kLinePatience = std::chrono::seconds(20);

struct Run {
  nlohmann::json sent;
  nlohmann::json received;
  bool complete() const {
    return sent.value("complete", false) && received.value("complete", false);
  }
  double receivedMs() const { return received.value("ms", 0.0); }
};

nlohmann::json firstLine(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  return parsed.is_object() ? parsed : nlohmann::json::object();
}

Run runOnce(const InputBench& request, const std::string& rate) {
  const TemporaryFolder folder("input-bench");
  const std::string programs = ownFolder();
  const std::string errors = folder.file("log");
  const std::string first = folder.file("first");
  const std::string second = folder.file("second");
  const FolderWatch folderWatch(folder.path());
  Child line(Command{.arguments = {programs + "/lucarne-line", first, second, "--rate", rate,
                                   "--errors", fmt::format("{}", request.bitErrorRate)},
                     .environment = {},
                     .input = {},
                     .output = {},
                     .errors = errors});
  const bool there = folderWatch.waitUntil(
      kLinePatience, [&second] { return ::access(second.c_str(), F_OK) == 0; }, &line);
  if (!there) throw base::SetupError("lucarne-line did not start: " + lastLine(errors));
  const auto end = [&](std::vector<std::string> arguments, const std::string& output) {
    arguments.insert(arguments.begin(), programs + "/lucarne-moves");
    return Command{.arguments = std::move(arguments),
                   .environment = {"LUCARNE_LOG=error"},
                   .input = {},
                   .output = output,
                   .errors = errors};
  };
  Child receiver(end({"receive", "serial:" + second}, folder.file("received")));
  Child sender(end({"send", "serial:" + first, "--count", std::to_string(request.count)},
                   folder.file("sent")));
  sender.waitFor(kPatience);
  receiver.waitFor(kPatience);
  return {firstLine(folder.file("sent")), firstLine(folder.file("received"))};
}

std::string seconds(const nlohmann::json& counts) {
  std::string out;
  for (const auto& count : counts.value("by_second", nlohmann::json::array())) {
    out += (out.empty() ? "" : " ") + count.dump();
  }
  return out;
}

}  // namespace

Subcommand addInput(CLI::App& command) {
  const auto asked = std::make_shared<InputBench>();
  InputBench& request = *asked;
  command.add_option("--line", request.lines, "0 (bare PTY), 5M, 300k, 115200baud")->delimiter(',');
  command.add_option("--errors", request.bitErrorRate, "bit errors on the line")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--count", request.count, "positions (default 1000)")
      ->check(CLI::Range(1U, kMostMoves));
  command.add_option("--runs", request.runs, "of which the median counts (default 3)")
      ->check(CLI::Range(1, 100));
  command.add_option("--json", request.jsonTo, "write what every run said here");
  return [asked](const base::Context&, const std::string&) { return runInputBench(*asked); };
}

int runInputBench(const InputBench& request) {
  std::ofstream json(request.jsonTo.empty() ? "/dev/null" : request.jsonTo);
  if (!json) throw base::SetupError("cannot write " + request.jsonTo);
  std::printf(
      "| line | positions | sending | receiving | positions/s | second by second | delay "
      "p50 / p99 |\n|---|---|---|---|---|---|---|\n");
  bool complete = true;
  for (const std::string& rate : request.lines) {
    std::vector<Run> runs;
    for (int i = 0; i < request.runs; ++i) {
      runs.push_back(runOnce(request, rate));
      complete = complete && runs.back().complete();
      json << nlohmann::json{{"line", rate},
                             {"errors", request.bitErrorRate},
                             {"sent", runs.back().sent},
                             {"received", runs.back().received}}
                  .dump()
           << '\n';
    }
    std::sort(runs.begin(), runs.end(),
              [](const Run& a, const Run& b) { return a.receivedMs() < b.receivedMs(); });
    const Run& median = runs[runs.size() / 2];
    std::printf(
        "%s",
        fmt::format("| {} | {} of {}{} | {:.1f} ms | {:.1f} ms | {:.0f} | {} | {:.2f} "
                    "/ {:.2f} ms |\n",
                    rate == "0" ? "bare PTY" : rate, median.received.value("count", 0),
                    request.count, median.complete() ? "" : ", NOT ALL",
                    median.sent.value("ms", 0.0), median.receivedMs(),
                    median.received.value("per_second", 0.0), seconds(median.received),
                    median.received.value("p50_ms", 0.0), median.received.value("p99_ms", 0.0))
            .c_str());
    std::fflush(stdout);
  }
  return complete ? 0 : 1;
}

}  // namespace lucarne::bench
