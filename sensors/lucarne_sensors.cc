// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/program.h"
#include "sensors/commands.h"
#include "sensors/outlet.h"
#include "sensors/probe.h"

namespace {

/// Read when it is there and --config is not given.
constexpr const char* kDefaultConfig = "/etc/lucarne/sensors.toml";

std::string builtIn() {
  std::string text = "Probes:";
  for (const auto* row : lucarne::sensors::probeRows()) {
    text += fmt::format("\n  {:<14}{}", row->kind, row->summary);
  }
  text += "\nOutlets:";
  for (const auto* row : lucarne::sensors::outletRows()) {
    text += fmt::format("\n  {:<14}{}", row->name, row->summary);
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  lucarne::base::Program program("lucarne-sensors",
                                 "Light, battery, mains and orientation of the tablet: in XenStore, on "
                                 "a dashboard, for Prometheus and MQTT.");
  CLI::App& options = program.options();
  std::string config;
  std::string sysfs;
  std::string listen;
  std::string history;
  std::string xenstore;
  bool json = false;
  lucarne::sensors::SimulateOptions simulate;

  options.footer(builtIn());
  options.require_subcommand(1);
  options.add_option("--config", config, fmt::format("TOML file (default {})", kDefaultConfig));
  options.add_option("--sysfs", sysfs, "Another root than /sys: a tree of files");
  const auto addService = [&](CLI::App* command) {
    command->add_option("--listen", listen, "ADDRESS:PORT of the dashboard, or off");
    command->add_option("--xenstore", xenstore, "Socket or device of XenStore, or off");
    command->add_flag("--json", json, "Lines of JSON on standard output");
  };
  auto* list = options.add_subcommand("list", "Read every sensor once and print it");
  auto* watch = options.add_subcommand("watch", "Show the sensors live");
  auto* run = options.add_subcommand("run", "Publish until SIGTERM");
  addService(run);
  run->add_option("--history", history, "Database file of the history, or off");
  auto* make = options.add_subcommand("simulate", "Make a moving sysfs tree for --sysfs");
  make->add_option("folder", simulate.folder, "Where")->required();
  auto* demo = options.add_subcommand("demo", "Run on a simulated tablet with a simulated past");
  addService(demo);
  for (auto* command : {make, demo}) {
    command->add_option("--pace", simulate.pace, "So many times faster than life")
        ->check(CLI::Range(0.01, 10000.0));
  }
  for (auto* command : {list, watch, run, demo}) command->fallthrough();

  return program.run(argc, argv, [&](lucarne::base::Context& context) {
    lucarne::sensors::Settings settings;
    if (config.empty() && std::filesystem::exists(kDefaultConfig)) config = kDefaultConfig;
    if (!config.empty()) settings = lucarne::sensors::readSettings(config);
    if (!sysfs.empty()) settings.sysfs = sysfs;
    if (listen == "off") settings.http.enable = false;
    if (!listen.empty()) settings.http.listen = listen;
    if (xenstore == "off") settings.xenstore.enable = false;
    if (!xenstore.empty()) settings.xenstore.address = xenstore;
    if (history == "off") settings.history.enable = false;
    if (!history.empty()) settings.history.path = history;
    if (json) settings.jsonLines = true;
    if (*list) return lucarne::sensors::listCommand(context, settings);
    if (*watch) return lucarne::sensors::watchCommand(context, settings);
    if (*make) return lucarne::sensors::simulateCommand(context, simulate);
    if (*demo) return lucarne::sensors::demoCommand(context, settings, simulate);
    return lucarne::sensors::runCommand(context, settings);
  });
}
