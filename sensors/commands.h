// SPDX-License-Identifier: Apache-2.0
// What `lucarne-sensors` can be told to do: one function per command. Each returns the exit code.
#pragma once

#include <string>

#include "base/program.h"
#include "sensors/settings.h"

namespace lucarne::sensors {

/// Reads every sensor once and prints them.
int listCommand(base::Context& context, const Settings& settings);

/// Shows them live until a signal; on something that is no terminal, a line for every change.
int watchCommand(base::Context& context, const Settings& settings);

/// Publishes until a signal.
int runCommand(base::Context& context, const Settings& settings);

struct SimulateOptions {
  std::string folder;  ///< of the tree; empty (demo only): a temporary one
  double pace = 1;     ///< simulator.h
};

/// Makes a moving sysfs tree until a signal.
int simulateCommand(base::Context& context, const SimulateOptions& options);

/// `run` on a simulated tablet with a week of simulated past, in a temporary folder.
int demoCommand(base::Context& context, Settings settings, SimulateOptions options);

}  // namespace lucarne::sensors
