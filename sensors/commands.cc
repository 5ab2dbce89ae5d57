// SPDX-License-Identifier: Apache-2.0
#include "sensors/commands.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <system_error>

#include <fmt/format.h>

#include "base/result.h"
#include "sensors/dashboard/http_server.h"
#include "sensors/read_pool.h"
#include "sensors/service.h"
#include "sensors/simulated_past.h"
#include "sensors/simulator.h"
#include "sensors/table.h"

namespace lucarne::sensors {

namespace {

/// A listing waits for hung devices no longer than it takes to call them hung.
constexpr base::Duration kListPatience = Station::kHungAfter + std::chrono::milliseconds(500);

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// Runs the service until a signal, then lets it finish. `onMade` comes before it publishes anything.
int serve(base::Context& context, const Settings& settings,
          const std::function<void(Service&)>& onMade) {
  const RealWallClock wall;
  Service service(context, wall, settings);
  onMade(service);
  service.start();
  context.loop.run();
  bool finished = false;
  service.finish([&] {
    finished = true;
    context.loop.quit();
  });
  if (!finished) context.loop.run();
  return 0;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lucarne-sensors-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw base::SetupError("make a temporary folder: " + std::generic_category().message(errno));
    }
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A line for every change, for `watch` in a pipe.
class ChangePrinter final : public StationObserver {
 public:
  void onReading(const Sensor& sensor, const std::vector<bool>& news) override {
    for (std::size_t i = 0; i < news.size(); ++i) {
      if (news[i] && !sensor.values[i].absent()) print(valueLine(sensor, i) + "\n");
    }
  }
};

// The whole table again after changes, for `watch` on a terminal.
class TableScreen final : public StationObserver {
 public:
  TableScreen(base::Context& context, Station& station) : context_(context), station_(station) {
    print("\x1b[?1049h\x1b[?25l");
  }
  ~TableScreen() override { print("\x1b[?25h\x1b[?1049l"); }

  void onReading(const Sensor&, const std::vector<bool>&) override {
    if (drawing_) return;
    drawing_ = true;
    timer_ = context_.loop.after(std::chrono::milliseconds(100), [this] {
      drawing_ = false;
      print("\x1b[H\x1b[J" + sensorTable(station_, Colours::Yes) + "\nCtrl-C ends.\n");
    });
  }

 private:
  base::Context& context_;
  Station& station_;
  bool drawing_ = false;
  base::Timer timer_;
};

}  // namespace

int listCommand(base::Context& context, const Settings& settings) {
  ReadPool reader(context.loop);
  Station station(context, reader, stationOptions(settings));
  station.start();
  const base::TimePoint end = context.clock.now() + kListPatience;
  const auto timer = context.loop.after(kListPatience, [] {});
  while (!station.settled() && context.clock.now() < end) context.loop.turn(true);
  print(sensorTable(station, ::isatty(STDOUT_FILENO) != 0 ? Colours::Yes : Colours::No));
  return 0;
}

int watchCommand(base::Context& context, const Settings& settings) {
  ReadPool reader(context.loop);
  Station station(context, reader, stationOptions(settings));
  std::unique_ptr<StationObserver> shown;
  if (::isatty(STDOUT_FILENO) != 0) {
    shown = std::make_unique<TableScreen>(context, station);
  } else {
    shown = std::make_unique<ChangePrinter>();
  }
  station.addObserver(*shown);
  const KernelEvents events(context, {"power_supply", "iio", "thermal", "backlight"},
                            [&](const std::string& subsystem, const std::string& device) {
                              station.event(subsystem, device);
                            });
  station.start();
  context.loop.run();
  station.removeObserver(*shown);
  return 0;
}

int runCommand(base::Context& context, const Settings& settings) {
  return serve(context, settings, [](Service&) {});
}

int simulateCommand(base::Context& context, const SimulateOptions& options) {
  Simulator simulator(options.pace);
  const RealWallClock wall;
  simulator.pass({}, wall.nowMs());
  simulator.write(options.folder);
  context.log.info("a simulated tablet is in {}", options.folder);
  const auto timer = context.loop.every(std::chrono::seconds(1), [&] {
    simulator.pass(std::chrono::seconds(1), wall.nowMs());
    simulator.write(options.folder);
  });
  context.loop.run();
  return 0;
}

int demoCommand(base::Context& context, Settings settings, SimulateOptions options) {
  const TemporaryFolder folder;
  const RealWallClock wall;
  Simulator simulator(options.pace);
  settings.sysfs = options.folder.empty() ? folder.path() + "/sys" : options.folder;
  settings.history.path = folder.path() + "/history.db";
  settings.history.batchSeconds = 10;
  writeSimulatedPast(simulator, settings.history.path, wall.nowMs(), context.log);
  simulator.write(settings.sysfs);
  bool mains = simulator.world().mains;
  base::Timer timer;
  return serve(context, settings, [&](Service& service) {
    if (service.surroundings().http) {
      print(fmt::format("dashboard http://{}/\n", service.surroundings().http->address()));
    }
    timer = context.loop.every(std::chrono::seconds(1), [&] {
      simulator.pass(std::chrono::seconds(1), wall.nowMs());
      simulator.write(settings.sysfs);
      // As the kernel would tell of a plug.
      if (std::exchange(mains, simulator.world().mains) != mains) {
        service.station().event("power_supply");
      }
    });
  });
}

}  // namespace lucarne::sensors
