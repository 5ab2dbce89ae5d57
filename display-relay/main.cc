// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/program.h"
#include "display-relay/endpoint.h"
#include "display-relay/relay_stats.h"
#include "display-relay/usage.h"
#include "surface/screen.h"

namespace relay = lucarne::relay;

int main(int argc, char** argv) {
  lucarne::base::Program program("lucarne-relay",
                                 "Carries one guest's screen one way and its input the other.");
  std::string sourceText;
  std::vector<std::string> sinkTexts;
  relay::RelayOptions options;
  bool wantsStats = false;
  CLI::App& cli = program.options();
  cli.add_option("SOURCE", sourceText, "where the pictures come from")->required();
  cli.add_option("SINK", sinkTexts, "where they go; may be given several times")->required();
  cli.add_option("--name", options.name, "the guest's name at the kiosk (default: SOURCE)");
  cli.add_option("--password-file", options.passwordFile,
                 "file whose first line is the source's password");
  cli.add_flag("--stats", wantsStats, "a line a second: updates, pixels, CPU");
  cli.footer(relay::endpointHelp);

  return program.run(argc, argv, [&](lucarne::base::Context& context) {
    if (options.name.empty()) options.name = sourceText;
    lucarne::surface::Screen screen;
    const auto source = relay::createSource(sourceText, options, screen, context);
    std::vector<std::unique_ptr<relay::Sink>> sinks;
    for (const std::string& text : sinkTexts) {
      sinks.push_back(relay::createSink(text, options, screen, context));
    }
    std::optional<relay::RelayStats> stats;
    if (wantsStats) stats.emplace(screen, context);

    for (const auto& sink : sinks) sink->start();
    source->start();
    context.loop.run();
    return 0;
  });
}
