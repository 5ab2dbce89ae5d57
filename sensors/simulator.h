// SPDX-License-Identifier: Apache-2.0
// A tablet that does not exist: a tree of files laid out as sysfs is, and values in them that move as
// they would: days and clouds, a battery that empties and fills, a hand that turns the tablet.
//
// For the demo, tests and a first look at the dashboard on a machine without sensors.
#pragma once

#include <string>

#include "base/clock.h"

namespace lucarne::sensors {

/// What the simulated tablet is like at a moment.
struct World {
  double charge = 78;      ///< %
  bool mains = false;
  double watts = 8;        ///< size of what flows into or out of the battery
  double lux = 250;
  double celsius = 41;
  int rotation = 0;        ///< degrees that the picture needs, clockwise
};

class Simulator {
 public:
  /// `pace`: how many times faster than in life mains, clouds and hands are.
  explicit Simulator(double pace = 1) : pace_(pace) {}

  /// Lets time pass. `dayMs`: time of day as wall clock ms, for the sun.
  void pass(base::Duration by, std::int64_t dayMs);
  const World& world() const { return world_; }

  /// Makes the tree (throws SetupError) and later brings it up to date. Files are replaced by
  /// renaming, so that a reader never sees half a number; `brightness` is written once only, it
  /// belongs to whoever sets it.
  void write(const std::string& root);

 private:
  World world_;
  double pace_;
  double seconds_ = 0;
  bool made_ = false;
};

}  // namespace lucarne::sensors
