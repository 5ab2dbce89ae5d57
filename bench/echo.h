// SPDX-License-Identifier: Apache-2.0
// How long a person waits for an answer: from a key or a motion at the panel to what the guest drew
// for it on the panel, while the guest rests or a scene moves in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/measurement.h"

namespace lucarne::bench {

/// The guest moves nothing but its answers.
inline constexpr const char* kAtRest = "rest";

/// Milliseconds.
struct EchoTimes {
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double worst = 0;
  int count = 0;
  int lost = 0;  ///< no answer within five seconds
};

struct EchoOutcome {
  EchoTimes key;
  EchoTimes pointer;
  double pollLatenessP99 = 0;  ///< of the bench itself
};

/// One task, whose scene may be kAtRest. Keys and motions take turns for `task.seconds`. Throws
/// SetupError.
EchoOutcome measureEcho(const Task& task, const Patience& patience, const std::string& programs);

struct EchoResult {
  Task task;
  std::vector<EchoOutcome> runs;  ///< at least one
};

/// Field by field.
EchoOutcome median(const std::vector<EchoOutcome>& runs);

/// "at rest", "video", "at rest, its server at 500/s"
std::string guestWords(const Task& task);

std::string toTable(const std::vector<EchoResult>& results);

}  // namespace lucarne::bench
