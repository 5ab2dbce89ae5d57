// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/program.h"
#include "base/small_memory.h"
#include "display-relay/endpoint.h"
#include "display-relay/relay_stats.h"
#include "display-relay/usage.h"
#include "surface/screen.h"
#include "tunnel/command.h"
#include "tunnel/plan.h"

namespace relay = lucarne::relay;
namespace tunnel = lucarne::tunnel;

// When set-up is over: the options are read, and later also the first picture is through.
constexpr lucarne::base::Duration kStarted = std::chrono::milliseconds(300);
constexpr lucarne::base::Duration kUnderWay = std::chrono::seconds(4);

int main(int argc, char** argv) {
  lucarne::base::returnLargeBlocks();
  if (argc > 1 && argv[1] == std::string_view("tunnel")) {
    return tunnel::runCommand(argc - 1, argv + 1);
  }
  lucarne::base::Program program("lucarne-relay",
                                 "Carries one guest's screen one way and its input the other.");
  std::string sourceText;
  std::vector<std::string> sinkTexts;
  relay::RelayOptions options;
  bool wantsStats = false;
  std::string clipboard = "none";
  std::vector<std::string> tunnelTexts;
  tunnel::SecretChoice secret;
  CLI::App& cli = program.options();
  cli.add_option("SOURCE", sourceText, "where the pictures come from")->required();
  cli.add_option("SINK", sinkTexts, "where they go; may be given several times")->required();
  cli.add_option("--name", options.name, "the guest's name at the kiosk (default: SOURCE)");
  cli.add_option("--password-file", options.passwordFile,
                 "file whose first line is the source's password");
  cli.add_option("--clipboard", clipboard,
                 "none, guest-to-kiosk, kiosk-to-guest or both: whether copied text may pass")
      ->capture_default_str();
  cli.add_option("--tunnel", tunnelTexts,
                 "NAME=END: carries connections beside the screen on its line; see "
                 "'lucarne-relay tunnel --help'; may be given several times")
      ->allow_extra_args(false);
  tunnel::addSecretOptions(cli, secret);
  cli.add_flag("--stats", wantsStats, "a line a second: updates, pixels, CPU");
  cli.footer(relay::endpointHelp);

  return program.run(argc, argv, [&](lucarne::base::Context& context) {
    if (options.name.empty()) options.name = sourceText;
    std::optional<tunnel::Tunnel> streams;
    if (!tunnelTexts.empty()) {
      relay::requireOneLink(sourceText, sinkTexts);
      streams.emplace(tunnel::makePlan(tunnelTexts, secret), context);
      options.tunnel = &*streams;
    }
    lucarne::surface::Screen screen;
    screen.allowClipboard(lucarne::surface::parseClipboardWays(clipboard));
    const auto source = relay::createSource(sourceText, options, screen, context);
    std::vector<std::unique_ptr<relay::Sink>> sinks;
    for (const std::string& text : sinkTexts) {
      sinks.push_back(relay::createSink(text, options, screen, context));
    }
    std::optional<relay::RelayStats> stats;
    if (wantsStats) stats.emplace(screen, *source, context);

    if (streams) streams->prepare();
    for (const auto& sink : sinks) sink->start();
    source->start();
    const auto started = context.loop.after(kStarted, lucarne::base::returnSetUp);
    const auto underWay = context.loop.after(kUnderWay, lucarne::base::returnSetUp);
    context.loop.run();
    sinks.clear();  // lifts what they hold
    relay::waitUntilSent(*source, context);
    return 0;
  });
}
