// SPDX-License-Identifier: Apache-2.0
// Run by run over all tasks, so that a noisy minute of the machine meets every path.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/measurement.h"

namespace lucarne::bench {

/// `measure(task)` answers an Each, `words` says it in a few words for whoever waits. What fails is
/// said and left out. One list of runs a task, perhaps empty.
template <typename Each, typename Measure, typename Words>
std::vector<std::vector<Each>> interleave(const std::vector<Task>& tasks, int runs, Measure measure,
                                          Words words) {
  std::vector<std::vector<Each>> outcomes(tasks.size());
  for (int run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
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
