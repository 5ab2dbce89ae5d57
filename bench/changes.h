// SPDX-License-Identifier: Apache-2.0
// One path over a line that changes under way: it becomes slow and fast again, it stalls, its bits go
// wrong; how fast the path settles, and whether the panel is right in the end.
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"

namespace lucarne::bench {

/// Milliseconds unless said otherwise.
struct PhaseOutcome {
  std::string name;  ///< "50 kB/s"
  double shownPerSecond = 0;  ///< in the phase's second half
  double latencyP50 = 0;      ///< there
  double latencyP95 = 0;      ///< there
  /// From the change until 95 of 100 frames, of all from then on to the phase's middle, have about
  /// the latency of the second half (at most half as much again, or 20 ms more, than its p95); -1:
  /// nothing was shown there.
  double settled = -1;
};

struct ChangesOutcome {
  std::vector<PhaseOutcome> phases;  ///< always the same ones
  double untilExact = -1;            ///< after the last frame, bits still going wrong; -1: never
  double differingPixels = 0;
  double pollLatenessP99 = 0;
};

struct ChangesResult {
  Task task;
  std::vector<ChangesOutcome> runs;  ///< at least one
};

/// `task`'s line is a rate. Throws SetupError.
ChangesOutcome measureChanges(const Task& task, const Patience& patience,
                              const std::string& programs);

/// Field by field.
ChangesOutcome median(const std::vector<ChangesOutcome>& outcomes);

/// A row a phase, in Markdown.
std::string toTable(const std::vector<ChangesResult>& results);

}  // namespace lucarne::bench
