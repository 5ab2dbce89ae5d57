// SPDX-License-Identifier: Apache-2.0
// A week that a simulated tablet has had, in its history, so that the demo's charts show something.
#pragma once

#include <string>

#include "base/log.h"
#include "sensors/simulator.h"
#include "sensors/wall_clock.h"

namespace lucarne::sensors {

/// Ends at `now`, with a reading a minute. Throws SetupError.
void writeSimulatedPast(Simulator& simulator, const std::string& database, WallMs now,
                        const base::Log& log);

}  // namespace lucarne::sensors
