// SPDX-License-Identifier: Apache-2.0
// lucarne-moves: one end of a run of pointer moves over any transport.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/program.h"
#include "bench/input_moves.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;

namespace {

void print(std::string_view end, const bench::MoveTimes& times) {
  std::printf("%s\n", bench::toJson(end, times).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-moves",
                        "Sends pointer moves back to back over a link, or receives them: prints "
                        "how many came, how fast, and whether every one did");
  std::string transport;
  std::uint32_t count = 1000;
  int timeoutSeconds = 60;
  auto& options = program.options();
  options.require_subcommand(1);
  const auto command = [&](const char* name, const char* summary) {
    CLI::App* app = options.add_subcommand(name, summary);
    app->add_option("TRANSPORT", transport, "serial:/dev/hvc1, unix:PATH, …")->required();
    app->add_option("--timeout", timeoutSeconds, "seconds (default 60)")->check(CLI::Range(1, 86400));
    return app;
  };
  CLI::App* send = command("send", "positions, and print what the other end reports");
  command("receive", "one run, and report it");
  send->add_option("--count", count, "positions (default 1000)")
      ->check(CLI::Range(1U, bench::kMostMoves));

  return program.run(argc, argv, [&](base::Context& context) {
    const auto limit = context.loop.after(std::chrono::seconds(timeoutSeconds), [&] {
      context.log.error("{}: no complete run within {} s", transport, timeoutSeconds);
      context.loop.quit();
    });
    const auto done = [&] { context.loop.quit(); };
    if (send->parsed()) {
      bench::MoveSender sender(transport, count, done, context);
      sender.start();
      context.loop.run();
      print("send", sender.times());
      print("report", sender.report());
      return sender.report().complete ? 0 : 1;
    }
    bench::MoveReceiver receiver(transport, done, context);
    receiver.start();
    context.loop.run();
    print("receive", receiver.times());
    return receiver.times().complete ? 0 : 1;
  });
}
