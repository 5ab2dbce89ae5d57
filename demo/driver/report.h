// SPDX-License-Identifier: Apache-2.0
// What a run of the demo measured, for a person and for a program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "demo/driver/settings.h"

namespace lucarne::demo {

struct ProgramShare {
  std::string name;
  double cpuShare = 0;  ///< of one core
  std::int64_t peakBytes = 0;
};

struct Report {
  double firstPictureSeconds = 0;  ///< from the start of the programs to the first picture
  double seconds = 0;              ///< measured, after the first picture
  std::uint64_t framesShown = 0;
  double latencyP50Ms = 0;  ///< drawn by the guest to presented; 0: not known
  double latencyP95Ms = 0;
  std::uint64_t lineBytesToPanel = 0;
  std::uint64_t lineBytesToGuest = 0;
  std::uint64_t rawBytes = 0;  ///< the changed pixels that reached the panel
  std::vector<ProgramShare> programs;

  double framesPerSecond() const {
    return seconds > 0 ? static_cast<double>(framesShown) / seconds : 0;
  }
};

std::string toTable(const Report& report, const Settings& settings);
std::string toJson(const Report& report, const Settings& settings);

}  // namespace lucarne::demo
