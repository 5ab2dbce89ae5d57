// SPDX-License-Identifier: Apache-2.0
#include "bench/measurement.h"

#include <algorithm>

#include "bench/running_path.h"
#include "bench/sightings.h"
#include "bench/statistics.h"

namespace lucarne::bench {

LineKind lineKindOf(const std::string& line) {
  if (line == "direct") return LineKind::None;
  if (line == "unix") return LineKind::Unix;
  if (line == "tcp") return LineKind::Tcp;
  parseRate(line);
  return LineKind::Terminal;
}

bool isFullScreen(const Task& task) { return task.window == "full screen"; }

Outcome measure(const Task& task, const Patience& patience, const std::string& programs) {
  RunningPath path(task, programs);
  path.startPrograms();
  path.startScene();
  path.awaitPicture(patience.firstPicture);
  path.startCounting();
  const base::RealClock clock;
  const base::TimePoint start = clock.now();
  const base::Duration length = ofSeconds(task.seconds);
  const Sightings seen =
      watchPanel(path.panel(), path.shown(), [&] { return clock.now() - start >= length; });
  Outcome outcome = summarize(seen, base::toSeconds(clock.now() - start));
  path.addCosts(outcome, std::max(seen.shown, 1));
  outcome.untilExact = path.rest(patience.exact, outcome.differingPixels);
  return outcome;
}

Outcome median(const std::vector<Outcome>& outcomes) {
  Outcome m;
  const auto over = [&outcomes](auto field) {
    std::vector<double> values;
    for (const Outcome& o : outcomes) values.push_back(field(o));
    return middleOrNever(std::move(values));
  };
  for (const auto field :
       {&Outcome::shownPerSecond, &Outcome::shareShown, &Outcome::latencyP50, &Outcome::latencyP95,
        &Outcome::latencyP99, &Outcome::longestGap, &Outcome::lineBytesPerFrame,
        &Outcome::cpuPerFrame, &Outcome::untilExact, &Outcome::differingPixels,
        &Outcome::pollLatenessP99}) {
    m.*field = over([field](const Outcome& o) { return o.*field; });
  }
  for (const auto field : {&Outcome::cpuPerFrameOf, &Outcome::residentMiB}) {
    if (outcomes.empty()) break;
    for (const auto& entry : outcomes.front().*field) {
      const std::string& name = entry.first;
      (m.*field)[name] = over([&](const Outcome& o) {
        const auto found = (o.*field).find(name);
        return found == (o.*field).end() ? 0.0 : found->second;
      });
    }
  }
  return m;
}

}  // namespace lucarne::bench
