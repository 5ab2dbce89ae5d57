// SPDX-License-Identifier: Apache-2.0
// lucarne-input: list, monitor, run, inject.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/program.h"
#include "input-broker/commands.h"
#include "input-broker/outlet.h"
#include "link/transport.h"

namespace {

std::string footer() {
  std::string text = "Outlets:\n";
  for (const auto* row : lucarne::input::outletRows()) {
    text += fmt::format("  {:<20}{}\n", row->syntax, row->summary);
  }
  text += "Transports:\n";
  for (const auto* row : lucarne::link::transportRows()) {
    text += fmt::format("  {:<20}{}\n", row->syntax, row->summary);
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::string_literals;
  lucarne::base::Program program(
      "lucarne-input", "Finds input devices, publishes their states and delivers their events.");
  lucarne::input::CommandOptions given;
  CLI::App& options = program.options();
  options.require_subcommand(1);
  options.fallthrough();  // --log-level may stand behind the command, too
  options.footer(footer());

  const auto configured = [&](const char* name, const char* summary) {
    CLI::App* command = options.add_subcommand(name, summary);
    command->add_option("-c,--config", given.configFile, "TOML file; see lucarne-input(1)");
    return command;
  };
  CLI::App* list = configured("list", "the devices, what they are and what would be published");
  CLI::App* monitor = configured("monitor", "show what happens, until interrupted");
  monitor->add_flag("--keys", given.showKeys, "name letters too");
  CLI::App* run = configured("run", "publish and deliver, until ended");
  run->add_option("-o,--outlet", given.outlets, "where to; repeatable");
  run->add_option("--reader", given.readers, "domain that may read xenstore: outlets; repeatable");
  run->add_option("--stats", given.statsFile, "write a JSON line each second to this file");

  CLI::App* inject = options.add_subcommand("inject", "make another machine's devices here");
  inject->add_option("TRANSPORT", given.transport, "where the broker is")->required();
  for (const char* kind : {"pointer", "keyboard", "touch", "touchpad", "tablet", "switch",
                           "buttons", "all"}) {
    inject->add_flag_callback("--"s + kind, [&given, kind] { given.kinds.emplace_back(kind); },
                              "allow "s + kind);
  }
  inject->add_flag("--leds", given.leds, "let programs here switch the keyboard's lights");
  inject->add_option("--suffix", given.suffix, "add this to the devices' names");
  inject->add_flag("--print", given.print, "print the events instead of making devices");
  inject->add_option("--stats", given.statsFile, "write a JSON line each second to this file");

  return program.run(argc, argv, [&](lucarne::base::Context& context) {
    if (list->parsed()) return lucarne::input::list(given, context);
    if (monitor->parsed()) return lucarne::input::monitor(given, context);
    if (run->parsed()) return lucarne::input::run(given, context);
    return lucarne::input::inject(given, context);
  });
}
