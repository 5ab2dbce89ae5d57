// SPDX-License-Identifier: Apache-2.0
// One scene over one line by one path: what the panel showed, when, and what it cost.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/display_path.h"
#include "bench/line_shape.h"

namespace lucarne::bench {

/// Frames a second that a guest draws at its own pace: more than its X server takes.
inline constexpr double kOwnPace = 1000;

struct Task {
  std::string guest = "xvnc";  ///< or "qemu", which has a scene of its own
  std::string scene;
  /// "direct" (none), "unix" or "tcp" (a socket on loopback), or as parseRate takes it: "0" (a bare
  /// PTY), "5M", "300k"
  std::string line;
  std::string path;
  std::string window = "full screen";  ///< or "windowed"
  surface::Size size{1280, 800};
  surface::Rotation rotation = surface::Rotation::Deg0;
  double seconds = 5;           ///< measured, after kWarmUp
  double framesPerSecond = 60;  ///< drawn in the guest
  int serverRate = 60;  ///< updates a second that the guest's Xvnc sends at most (its default)
  LineShape faults;     ///< latency, piece size, bit errors; its rate is not used
};

/// Throws UsageError when it is none.
LineKind lineKindOf(const std::string& line);

bool isFullScreen(const Task& task);

/// Milliseconds unless said otherwise.
struct Outcome {
  double shownPerSecond = 0;
  double shareShown = 0;  ///< of the frames drawn, 0 to 1
  double latencyP50 = 0;  ///< from drawn to readable on the panel
  double latencyP95 = 0;
  double latencyP99 = 0;
  double longestGap = 0;         ///< between two shown frames
  double lineBytesPerFrame = 0;  ///< towards the panel, per shown frame; 0 without a line
  double cpuPerFrame = 0;        ///< all programs and the guest's server, per shown frame
  std::map<std::string, double> cpuPerFrameOf;  ///< by program
  std::map<std::string, double> residentMiB;    ///< by program
  double untilExact = -1;      ///< after the last frame; -1: not within the patience
  double differingPixels = 0;  ///< when the patience was over
  double pollLatenessP99 = 0;  ///< of the bench itself: the machine's own noise
};

/// How long a path is given to show its first picture and to become exact; a slow line needs it.
struct Patience {
  base::Duration firstPicture = std::chrono::seconds(90);
  base::Duration exact = std::chrono::seconds(20);
};

/// Runs one task. Throws SetupError when a program is missing or nothing is ever shown.
Outcome measure(const Task& task, const Patience& patience, const std::string& programs);

/// Field by field.
Outcome median(const std::vector<Outcome>& outcomes);

}  // namespace lucarne::bench
