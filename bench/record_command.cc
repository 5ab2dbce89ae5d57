// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "bench/commands.h"
#include "bench/recorder.h"

namespace lucarne::bench {

Subcommand addRecord(CLI::App& app) {
  const auto plan = std::make_shared<RecorderPlan>();
  app.add_option("source", plan->source,
                 "as lucarne-relay takes it: vnc+tcp:HOST:PORT, spice+unix:PATH")
      ->required();
  app.add_option("file", plan->file, "the recording; played back by --scene recording:FILE")
      ->required();
  app.add_option("--seconds", plan->seconds, "then end, as at Ctrl+C (default 60)")
      ->check(CLI::Range(0.1, 86400.0));
  app.add_option("--changes", plan->changes, "end after so many")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--most", plan->mostBytes, "end when the file is this large (default 16M)")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--password-file", plan->passwordFile, "the source's password");
  return [plan](const base::Context& context, const std::string&) {
    Recorder recorder(*plan, ownFolder(), context);
    context.loop.run();
    recorder.finish();
    std::fprintf(stderr, "\n");
    std::printf("%s\n", recorder.words().c_str());
    return 0;
  };
}

}  // namespace lucarne::bench
