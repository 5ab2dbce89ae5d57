// SPDX-License-Identifier: Apache-2.0
// Frames a second of a QEMU guest that repaints its whole screen, by each way to see it.
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"

namespace lucarne::bench {

/// The frames a second that the guest is compiled to draw (bench/guest/painter.c).
inline constexpr double kPainterRate = 60;

/// What Task::guest and Task::scene say of such a result.
inline constexpr const char* kQemuGuest = "qemu";
inline constexpr const char* kPainterScene = "whole";

/// Why this task cannot be measured here; empty when it can.
std::string displayObstacle(const Task& task, const std::string& programs);

/// `task.path` is one of qemuPaths(), `task.window` "windowed" or "full screen". Latencies and
/// exactness are not measured: the guest has no clock of ours. Throws SetupError.
Outcome measureDisplay(const Task& task, const std::string& programs);

/// Those results that have a QEMU guest; what turning and full screen cost stands in each row.
std::string toDisplayTable(const std::vector<Result>& results);

}  // namespace lucarne::bench
