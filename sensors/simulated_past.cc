// SPDX-License-Identifier: Apache-2.0
#include "sensors/simulated_past.h"

#include <cmath>

#include "sensors/outlets/history_store.h"

namespace lucarne::sensors {

void writeSimulatedPast(Simulator& simulator, const std::string& database, WallMs now,
                        const base::Log& log) {
  constexpr WallMs kMinute = 60'000;
  constexpr WallMs kWeek = 7 * 24 * 60 * kMinute;
  HistoryStore store(database, {}, log);
  Batch batch;
  batch.words = {"discharging", "charging"};
  const auto add = [&batch](const char* key, double resolution, WallMs at, double value,
                            SeriesOf of = SeriesOf::Numbers) {
    auto& series = batch.series[key];
    series.of = of;
    series.resolution = resolution;
    series.points.push_back({at, value});
  };
  for (WallMs at = now - kWeek; at < now; at += kMinute) {
    simulator.pass(std::chrono::minutes(1), at);
    const World& w = simulator.world();
    add("battery/summary/percent", 0.1, at, w.charge);
    add("battery/summary/power", 0.01, at, w.mains ? w.watts : -w.watts);
    add("battery/summary/status", 1, at, w.mains ? 1 : 0, SeriesOf::Words);
    add("mains/summary/online", 1, at, w.mains ? 1 : 0);
    add("illuminance/summary/lux", 0.01, at, w.lux);
    add("thermal/summary/temperature", 0.1, at, w.celsius);
    add("orientation/summary/rotation", 1, at, w.rotation);
    add("backlight/summary/percent", 0.1, at, 55);
  }
  if (const auto stored = store.append(batch, now); !stored) {
    log.warning("the simulated past was not stored: {}", stored.error().message);
  }
}

}  // namespace lucarne::sensors
