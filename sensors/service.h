// SPDX-License-Identifier: Apache-2.0
// lucarne-sensors at work: the station, who reads for it, what wakes it, and every outlet that the
// settings ask for, joined.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sensors/auto_brightness.h"
#include "sensors/controls.h"
#include "sensors/kernel_events.h"
#include "sensors/outlet.h"
#include "sensors/read_pool.h"
#include "sensors/settings.h"
#include "sensors/station.h"
#include "sensors/wall_clock.h"

namespace lucarne::sensors {

/// What the settings mean for the station.
StationOptions stationOptions(const Settings& settings);

class Service {
 public:
  /// An orderly end waits so long for outlets at most.
  static constexpr base::Duration kFarewell = std::chrono::seconds(3);

  /// All three outlive it. Throws SetupError and UsageError.
  Service(const base::Context& context, const WallClock& wall, const Settings& settings);
  ~Service();

  void start();
  /// Brings out what is left, one outlet after the other, then calls `done`.
  void finish(std::function<void()> done);

  Station& station() { return station_; }
  Surroundings& surroundings() { return around_; }

 private:
  void finishFrom(std::size_t index);

  const base::Context& context_;
  ReadPool reader_;
  Station station_;
  AutoBrightness brightness_;
  Controls controls_;
  Surroundings around_;
  struct Named {
    const OutletRow* row;
    std::unique_ptr<Outlet> outlet;
  };
  std::vector<Named> outlets_;
  std::unique_ptr<KernelEvents> events_;
  std::function<void()> done_;
  base::Timer farewell_;
};

}  // namespace lucarne::sensors
