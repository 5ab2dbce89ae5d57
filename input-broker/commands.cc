// SPDX-License-Identifier: Apache-2.0
#include "input-broker/commands.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "base/c_handle.h"
#include "base/result.h"
#include "input-broker/inject/injector.h"
#include "input-broker/inject/uinput_device.h"
#include "input-broker/input_broker.h"
#include "input-broker/print_outlet.h"

namespace lucarne::input {

namespace {

using File = base::CHandle<std::FILE, std::fclose>;

Config configOf(const CommandOptions& options) {
  Config config = options.configFile.empty() ? parseConfig("", "no configuration")
                                             : readConfig(options.configFile);
  for (const std::string& to : options.outlets) {
    OutletRule rule{.to = to};
    for (const unsigned reader : options.readers) {
      rule.readers.push_back(static_cast<xenstore::DomainId>(reader));
    }
    config.outlets.push_back(std::move(rule));
  }
  return config;
}

/// "cpu_ms":12,"rss_kb":9000
std::string usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const long ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
                  (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  statm >> pages >> pages;
  return fmt::format("\"cpu_ms\":{},\"rss_kb\":{}", ms, pages * (::sysconf(_SC_PAGESIZE) / 1024));
}

/// Writes a line each second while it lives.
class StatsFile {
 public:
  StatsFile(const std::string& path, base::Context& context, std::function<std::string()> line) {
    if (path.empty()) return;
    file_.reset(std::fopen(path.c_str(), "we"));
    if (!file_) throw base::SetupError(fmt::format("write {}: cannot open it", path));
    timer_ = context.loop.every(std::chrono::seconds(1), [this, line = std::move(line)] {
      fmt::print(file_.get(), "{{{},{}}}\n", usage(), line());
      std::fflush(file_.get());
    });
  }

 private:
  File file_;
  base::Timer timer_;
};

/// A device on paper: each event a line of standard output, "name<TAB>type code value", and after a
/// frame "name<TAB>SYN" with the time in microseconds on CLOCK_MONOTONIC.
class PrintedDevice final : public DeviceSink {
 public:
  PrintedDevice(std::string name, const base::Clock& clock) : name_(std::move(name)), clock_(clock) {}
  void emit(const std::vector<RawEvent>& events) override {
    for (const RawEvent& e : events) fmt::print("{}\t{} {} {}\n", name_, e.type, e.code, e.value);
    fmt::print("{}\tSYN {}\n", name_, base::toMicroseconds(clock_.now().time_since_epoch()));
    std::fflush(stdout);
  }
  bool open() const override { return true; }

 private:
  std::string name_;
  const base::Clock& clock_;
};

/// Runs until a signal, and then until the outlets have ended.
int runBroker(InputBroker& broker, base::Context& context) {
  broker.start();
  context.loop.run();
  broker.finish([&] { context.loop.quit(); });
  context.loop.run();
  return 0;
}

}  // namespace

int list(const CommandOptions& options, base::Context& context) {
  Config config = configOf(options);
  config.outlets.clear();
  InputBroker broker(std::move(config), context);
  broker.start();
  if (broker.devices().empty()) std::puts("no devices; see --log-level debug");
  for (const Device* device : broker.devices()) {
    std::puts(lineFor(*device).c_str());
    std::string published;
    for (const ButtonRule& rule : broker.config().buttons) {
      if (device->description.keys.test(rule.code)) published += " buttons/" + rule.name;
    }
    for (std::uint16_t code = 0; code < SW_CNT; ++code) {
      if (device->description.switches.test(code)) published += " " + nameOfSwitch(code);
    }
    if (device->kinds.has(Kind::Touchscreen)) published += " touch";
    if (device->kinds.has(Kind::Pointer)) published += " pointer";
    if (device->kinds.has(Kind::Tablet)) published += " pen";
    if (!published.empty()) fmt::print("    states:{}\n", published);
  }
  for (const std::string& refusal : broker.refusals()) fmt::print("-   {}\n", refusal);
  return 0;
}

int monitor(const CommandOptions& options, base::Context& context) {
  InputBroker broker(configOf(options), context);
  broker.addOutlet(std::make_unique<PrintOutlet>(
      broker, options.showKeys ? ShowKeys::Yes : ShowKeys::No, stdout));
  return runBroker(broker, context);
}

int run(const CommandOptions& options, base::Context& context) {
  InputBroker broker(configOf(options), context);
  if (broker.config().outlets.empty()) {
    throw base::UsageError("no outlet: name one with --outlet or in the configuration");
  }
  const StatsFile stats(options.statsFile, context,
                        [&] { return "\"broker\":" + broker.stats(); });
  return runBroker(broker, context);
}

int inject(const CommandOptions& options, base::Context& context) {
  InjectorOptions allow{.leds = options.leds, .suffix = options.suffix};
  for (const std::string& word : options.kinds) {
    allow.allowed |= word == "all" ? Kinds::all() : Kinds(kindOf(word));
  }
  if (allow.allowed.empty()) {
    throw base::UsageError("nothing is allowed: name what may be injected, such as --touch --pointer");
  }
  const auto make = [&](const Description& description,
                        SinkCallbacks callbacks) -> base::Result<std::unique_ptr<DeviceSink>> {
    if (!options.print) return makeUinputDevice(description, std::move(callbacks), context);
    return std::unique_ptr<DeviceSink>(
        std::make_unique<PrintedDevice>(description.name, context.clock));
  };
  Injector injector(options.transport, allow, make, context);
  const StatsFile stats(options.statsFile, context, [&] {
    return fmt::format("\"devices\":{},\"frames\":{},\"refused\":{}", injector.devices(),
                       injector.frames(), injector.refused());
  });
  injector.start();
  context.loop.run();
  injector.liftAll();
  return 0;
}

}  // namespace lucarne::input
