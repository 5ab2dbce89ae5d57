// SPDX-License-Identifier: Apache-2.0
// Readings for a terminal.
#pragma once

#include <string>

#include "sensors/station.h"

namespace lucarne::sensors {

enum class Colours { No, Yes };

/// One line per value, sensors in order; unknown ones with their reason.
std::string sensorTable(const Station& station, Colours colours);

/// "battery/BAT0 percent 81.5 %", or "… unknown: why".
std::string valueLine(const Sensor& sensor, std::size_t index);

}  // namespace lucarne::sensors
