// SPDX-License-Identifier: Apache-2.0
// A week of history at one reading a second, with a clock that is moved by hand.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "sensors/dashboard/api.h"
#include "sensors/simulator.h"
#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

constexpr int kWeekSeconds = 7 * 24 * 3600;

double sizeMegabytes(const std::string& path) {
  std::error_code none;
  const auto bytes = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<double>(bytes) / 1e6;
}

// What the station hands over each second, as the simulated tablet moves: no files in between, so
// that a week takes seconds.
std::vector<Sensor> readingsOf(const World& w) {
  std::vector<Sensor> sensors;
  for (const ProbeRow* row : probeRows()) {
    Sensor sensor{row, kSummary, row->kind, std::vector<Value>(row->fields.size())};
    const auto set = [&](const char* field, Value value) {
      const int index = fieldIndex(*row, field);
      if (index >= 0) sensor.values[static_cast<std::size_t>(index)] = std::move(value);
    };
    const std::string_view kind = row->kind;
    if (kind == "battery") {
      set("percent", Value(w.charge));
      set("status", Value(w.mains ? "charging" : "discharging"));
      set("power", Value(w.mains ? w.watts : -w.watts));
      set("voltage", Value(7.6 * (0.92 + 0.12 * w.charge / 100)));
      set("temperature", Value(25 + w.watts / 10));
    }
    if (kind == "mains") set("online", Value(w.mains));
    if (kind == "illuminance") set("lux", Value(w.lux));
    if (kind == "thermal") set("temperature", Value(w.celsius));
    if (kind == "orientation") set("rotation", Value(static_cast<double>(w.rotation)));
    if (kind == "backlight") set("percent", Value(30 + w.lux / 200));
    sensors.push_back(std::move(sensor));
  }
  return sensors;
}

TEST(Week, OfReadingsEverySecondIsSmallAndDrawnQuickly) {
  FakeTree folder;
  base::Loop loop;
  base::ManualClock clock;
  ManualWallClock wall;
  const base::Context context{loop, clock, base::Log::discard()};
  HistorySettings settings;
  settings.retentionDays = 8;
  History history(context, wall, settings, folder.path("h.db"));
  Simulator simulator;
  const WallMs start = wall.nowMs();

  std::size_t readings = 0;
  for (int second = 0; second < kWeekSeconds; ++second) {
    simulator.pass(std::chrono::seconds(1), wall.nowMs());
    for (const Sensor& sensor : readingsOf(simulator.world())) {
      history.add(sensor);
      ++readings;
    }
    wall.advance(1000);
    if (second % settings.batchSeconds == settings.batchSeconds - 1) {
      bool stored = false;
      history.flush([&] { stored = true; });
      while (!stored) loop.turn(true);
    }
  }
  ASSERT_EQ(history.trouble(), "");

  DirectReader reader;
  Station station(context, reader, {.sysfs = folder.root()});
  AutoBrightness brightness(context, station, reader, {});
  Controls controls(station, brightness);
  const Api api({.station = station, .controls = controls, .wall = wall, .history = &history});
  HttpRequest request;
  request.method = "GET";
  request.path = "/api/v1/history";
  request.query = {{"hours", "168"}, {"points", "400"},
                   {"keys", "battery/summary/percent,battery/summary/power,illuminance/summary/lux,"
                            "thermal/summary/temperature,mains/summary/online,"
                            "backlight/summary/percent"}};
  const base::RealClock real;
  base::Duration best = std::chrono::hours(1);
  std::size_t bytes = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::optional<HttpResponse> response;
    const base::TimePoint asked = real.now();
    api.answer(request, [&](HttpResponse r) { response = std::move(r); });
    while (!response) loop.turn(true);
    best = std::min(best, real.now() - asked);
    ASSERT_EQ(response->status, 200);
    bytes = response->body.size();
  }

  const double megabytes = sizeMegabytes(folder.path("h.db")) + sizeMegabytes(folder.path("h.db-wal"));
  std::printf("%zu readings of sensors, %.1f MB, six 7-day charts in %.0f ms (%zu bytes)\n", readings,
              megabytes, base::toSeconds(best) * 1000, bytes);
  EXPECT_EQ(wall.nowMs() - start, WallMs{kWeekSeconds} * 1000);
  EXPECT_LT(megabytes, 50);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(best, std::chrono::milliseconds(200));
#endif
}

}  // namespace
}  // namespace lucarne::sensors
