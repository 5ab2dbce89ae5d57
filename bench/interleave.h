// SPDX-License-Identifier: Apache-2.0
// Run by run over all tasks, so that a noisy minute of the machine meets every path.
#pragma once

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "bench/measurement.h"

namespace lucarne::bench {

/// Whether SIGINT or SIGTERM came: a measurement blocks the loop, which is asked in between.
class Interruption {
 public:
  explicit Interruption(base::Loop& loop)
      : loop_(loop),
        byTerminal_(loop.onSignal(SIGINT, [this] { came_ = true; })),
        byOthers_(loop.onSignal(SIGTERM, [this] { came_ = true; })) {}

  bool came() {
    while (!came_ && loop_.turn(false)) continue;
    return came_;
  }

 private:
  base::Loop& loop_;
  bool came_ = false;
  base::Registration byTerminal_;
  base::Registration byOthers_;
};

/// `measure(task)` answers an Each, `words` says it in a few words for whoever waits. What fails is
/// said and left out. One list of runs a task, perhaps empty: SIGINT and SIGTERM end it after the
/// task that is under way.
template <typename Each, typename Measure, typename Words>
std::vector<std::vector<Each>> interleave(base::Loop& loop, const std::vector<Task>& tasks,
                                          int runs, Measure measure, Words words) {
  std::vector<std::vector<Each>> outcomes(tasks.size());
  Interruption interruption(loop);
  for (int run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (interruption.came()) return outcomes;
      const Task& t = tasks[i];
      std::fprintf(stderr, "run %d of %d, %zu of %zu: %s %dx%d %s turned by %d, line %s, %s … ",
                   run + 1, runs, i + 1, tasks.size(), t.scene.c_str(), t.size.width, t.size.height,
                   t.window.c_str(), surface::degrees(t.rotation), t.line.c_str(), t.path.c_str());
      try {
        outcomes[i].push_back(measure(t));
        std::fprintf(stderr, "%s\n", words(outcomes[i].back()).c_str());
      } catch (const base::SetupError& failure) {
        std::fprintf(stderr, "failed: %s\n", failure.what());
      }
    }
  }
  return outcomes;
}

/// The tasks that were measured at least once, as the R (Result, EchoResult) of a file of results.
template <typename R, typename Each>
std::vector<R> measured(const std::vector<Task>& tasks, std::vector<std::vector<Each>> outcomes) {
  std::vector<R> results;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!outcomes[i].empty()) results.push_back({tasks[i], std::move(outcomes[i])});
  }
  return results;
}

}  // namespace lucarne::bench
