// SPDX-License-Identifier: Apache-2.0
// How a picture comes: the first one of a path, or one that comes at once over an empty screen.
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"

namespace lucarne::bench {

/// For scenes without text.
inline constexpr double kNoText = -2;

/// Milliseconds; -1: not within the patience.
struct Beginning {
  double first = -1;  ///< until the guest's stamp is readable
  double recognisable =
      -1;             ///< until every 64 x 64 pixels of the panel are within 25 dB of the guest's
  double text = -1;   ///< until the scene's text equals the guest's to the pixel; or kNoText
  double whole = -1;  ///< until the panel equals the guest to the pixel
  double lineBytes = 0;  ///< towards the panel by then; 0 where they are not counted
};

struct BeginningResult {
  Task task;
  std::vector<Beginning> runs;  ///< at least one
};

/// From the start of the path's programs, over a guest whose picture rests. Throws SetupError.
Beginning measureBoot(const Task& task, const Patience& patience, const std::string& programs);

/// From the moment when the guest draws a still scene over an empty screen that the path shows.
/// Throws SetupError.
Beginning measureStill(const Task& task, const Patience& patience, const std::string& programs);

/// Field by field.
Beginning median(const std::vector<Beginning>& beginnings);

/// One row a result, in Markdown.
std::string toTable(const std::vector<BeginningResult>& results);

}  // namespace lucarne::bench
