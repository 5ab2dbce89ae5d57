// SPDX-License-Identifier: Apache-2.0
// Readings in the text format of Prometheus, names and units by its conventions (base units, ratios
// from 0 to 1, no unit but the one in the name):
//
//   lucarne_sensors_battery_charge_ratio{device="BAT0"} 0.815
//   lucarne_sensors_battery_status{device="BAT0",status="charging"} 1   (0 for the other statuses)
//   lucarne_sensors_known{kind="battery",device="BAT0"} 1               (0: unknown)
//   lucarne_display_frames_per_second{guest="work"} 30                  (what the display published)
//
// A value that is unknown has no sample: an old number would be taken for a fresh one. Summaries are
// left out, except in `known`, so that sum() over devices counts nothing twice.
#pragma once

#include <map>
#include <string>

#include "sensors/station.h"

namespace lucarne::sensors {

/// Counters of our own, by metric name without the prefix: "history_bytes".
using OwnGauges = std::map<std::string, double>;

/// `neighbours`: NeighbourView::values().
std::string metricsText(const Station& station,
                        const std::map<std::string, std::string>& neighbours,
                        const OwnGauges& own);

}  // namespace lucarne::sensors
