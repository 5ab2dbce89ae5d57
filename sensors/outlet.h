// SPDX-License-Identifier: Apache-2.0
// Where readings go. One file per outlet in sensors/outlets/.
//
// An outlet observes the station and is given what it needs when it is made. Outlets that serve
// others (the history, the HTTP server) announce themselves in Surroundings; the rows in
// CMakeLists.txt are therefore in the order of their needs. An outlet that cannot do its work (a
// broker that is away, a full disk) says so in `trouble` and tries again; it never stops another.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/program.h"
#include "sensors/settings.h"
#include "sensors/station.h"
#include "sensors/wall_clock.h"

namespace lucarne::sensors {

class History;
class HttpServer;
class Controls;
class NeighbourView;

/// All of it outlives every outlet.
struct Surroundings {
  const base::Context& context;
  const WallClock& wall;
  const Settings& settings;
  Station& station;
  Controls& controls;
  History* history = nullptr;        ///< set by the row "history"
  NeighbourView* neighbours = nullptr;  ///< set by the row "xenstore"
  HttpServer* http = nullptr;           ///< set by the row "http"
  /// What every outlet says is its trouble, by name; callable once all are made.
  std::function<nlohmann::json()> troubles;
};

class Outlet : public StationObserver {
 public:
  /// Called once, after all outlets were made and before the station starts.
  virtual void start() {}
  /// An orderly end: bring out what is left and call `done` (from the loop or at once). The program
  /// waits for it, but not longer than a few seconds.
  virtual void finish(std::function<void()> done) { done(); }
  /// What keeps it from its work, for the dashboard; empty when all is well.
  virtual std::string trouble() const { return ""; }
};

struct OutletRow {
  const char* name;     ///< "mqtt"
  const char* summary;  ///< one line for --help
  /// nullptr when the settings leave it off. Throws SetupError and UsageError.
  std::unique_ptr<Outlet> (*create)(Surroundings& surroundings);
};

/// Every outlet that was built in.
std::span<const OutletRow* const> outletRows();

}  // namespace lucarne::sensors
