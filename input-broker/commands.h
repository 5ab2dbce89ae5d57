// SPDX-License-Identifier: Apache-2.0
// The commands of lucarne-input.
#pragma once

#include <string>
#include <vector>

#include "base/program.h"

namespace lucarne::input {

struct CommandOptions {
  std::string configFile;
  std::vector<std::string> outlets;  ///< --outlet
  std::vector<unsigned> readers;     ///< --reader, for xenstore: outlets of the command line
  std::string statsFile;
  bool showKeys = false;
  // inject
  std::string transport;
  std::vector<std::string> kinds;
  bool leds = false;
  std::string suffix;
  bool print = false;
};

int list(const CommandOptions& options, base::Context& context);
int monitor(const CommandOptions& options, base::Context& context);
int run(const CommandOptions& options, base::Context& context);
int inject(const CommandOptions& options, base::Context& context);

}  // namespace lucarne::input
