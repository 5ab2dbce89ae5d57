// SPDX-License-Identifier: Apache-2.0
// lucarne-bench: frames per second, latency and cost of display paths, beside their peers.
#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "base/program.h"
#include "bench/commands.h"
#include "bench/input_bench.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;

int main(int argc, char** argv) {
  base::Program program("lucarne-bench", "Measures display paths, ours and others, in one run");
  CLI::App& options = program.options();
  std::string words = "lucarne-bench";
  for (int i = 1; i < argc; ++i) words += std::string(" ") + argv[i];

  std::vector<std::pair<CLI::App*, bench::Subcommand>> commands;
  const auto add = [&](const char* name, const char* summary, auto declare) {
    CLI::App& app = *options.add_subcommand(name, summary);
    commands.emplace_back(&app, declare(app));
  };
  add("paths", "from a frame drawn in the guest to its pixels on the panel", bench::addPaths);
  add("boot", "from the start of a path to its first pictures", bench::addBoot);
  add("stills", "from a still picture drawn in the guest to all of it on the panel",
      bench::addStills);
  add("changes", "over a line that becomes slow, stalls and errs under way", bench::addChanges);
  add("displays", "a QEMU guest's displays, windowed, full screen and turned", bench::addDisplays);
  add("echo", "from a key or a motion at the panel to the guest's answer there", bench::addEcho);
  add("input", "pointer moves back to back, over lines of several speeds", bench::addInput);
  add("codec", "the screen codec alone, by method or on lines", bench::addCodec);
  add("limits", "what this machine can do at best", bench::addLimits);
  add("record", "a guest's screen into a file, to be played back as a scene", bench::addRecord);
  add("show", "prints the tables of earlier results", bench::addShow);
  add("document", "prints a page with earlier results", bench::addDocument);
  options.require_subcommand(1);

  return program.run(argc, argv, [&](base::Context& context) {
    for (const auto& [app, run] : commands) {
      if (app->parsed()) return run(context, words);
    }
    return 2;
  });
}
