// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "bench/codec_command.h"
#include "bench/commands.h"
#include "bench/displays.h"
#include "bench/document.h"
#include "bench/limits.h"
#include "bench/text_file.h"

namespace lucarne::bench {

namespace {

std::vector<ResultFile> readAll(const std::vector<std::string>& paths) {
  std::vector<ResultFile> files;
  for (const std::string& path : paths) files.push_back(parseResults(readText(path)));
  return files;
}

int runLimits(double seconds, const std::string& jsonTo) {
  const std::vector<Limit> limits = measureLimits(seconds);
  std::fputs(toTable(limits).c_str(), stdout);
  if (!jsonTo.empty()) writeText(jsonTo, toJson(limits));
  return 0;
}

int runShow(const std::vector<std::string>& paths) {
  for (const ResultFile& file : readAll(paths)) {
    if (hasDisplays(file)) {
      std::fputs(toDisplayTable(file.results).c_str(), stdout);
    } else if (!file.results.empty()) {
      std::fputs(toTable(file.results).c_str(), stdout);
    }
    if (!file.echoes.empty()) std::fputs(toTable(file.echoes).c_str(), stdout);
    if (!file.boots.empty()) std::fputs(toTable(file.boots).c_str(), stdout);
    if (!file.stills.empty()) std::fputs(toTable(file.stills).c_str(), stdout);
    if (!file.changes.empty()) std::fputs(toTable(file.changes).c_str(), stdout);
  }
  return 0;
}

int runDocument(const std::vector<std::string>& paths, const std::string& chartsTo,
                const std::string& command) {
  const std::vector<ResultFile> files = readAll(paths);
  const std::string folder = std::filesystem::path(chartsTo).filename().string();
  std::fputs(toDocument(files, folder, command).c_str(), stdout);
  if (chartsTo.empty()) return 0;
  std::filesystem::create_directories(chartsTo);
  for (const ResultFile& file : files) {
    for (const auto& [name, svg] : chartsOf(file)) writeText(chartsTo + "/" + name, svg);
  }
  return 0;
}

}  // namespace

Subcommand addLimits(CLI::App& app) {
  struct Options {
    double seconds = 1;
    std::string jsonTo;
  };
  const auto options = std::make_shared<Options>();
  app.add_option("--seconds", options->seconds, "for each limit (default 1)")
      ->check(CLI::Range(0.05, 60.0));
  app.add_option("--json", options->jsonTo, "write the results here");
  return [options](const base::Context&, const std::string&) {
    return runLimits(options->seconds, options->jsonTo);
  };
}

Subcommand addCodec(CLI::App& app) {
  app.prefix_command();
  return
      [&app](const base::Context&, const std::string&) { return runCodecBench(app.remaining()); };
}

Subcommand addShow(CLI::App& app) {
  const auto files = std::make_shared<std::vector<std::string>>();
  app.add_option("file", *files, "what --json wrote")->required();
  return [files](const base::Context&, const std::string&) { return runShow(*files); };
}

Subcommand addDocument(CLI::App& app) {
  struct Options {
    std::vector<std::string> files;
    std::string chartsTo;
  };
  const auto options = std::make_shared<Options>();
  app.add_option("file", options->files, "what --json wrote, each a part of the page")->required();
  app.add_option("--charts", options->chartsTo,
                 "write its charts into this folder beside the page");
  return [options](const base::Context&, const std::string& words) {
    return runDocument(options->files, options->chartsTo, words);
  };
}

}  // namespace lucarne::bench
