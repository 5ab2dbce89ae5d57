// SPDX-License-Identifier: Apache-2.0
#include "bench/changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report.h"
#include "bench/running_path.h"
#include "bench/sightings.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

struct Phase {
  const char* name;
  const char* order;  // for the line (bench/line_commands.h); empty: none
  double before;      // s from the order until the phase begins
  double seconds;
};
constexpr Phase kPhases[] = {
    {"at first", "", 0, 4},
    {"50 kB/s", "rate 50k", 0, 8},
    {"as at first", nullptr, 0, 4},
    {"after a stall of 2 s", "stall 2", 2, 4},
    {"1e-5 of the bits wrong", "errors 1e-5", 0, 6},
};
// What a frame may be later than the slowest of the settled ones.
constexpr double kSlackShare = 1.5;
constexpr double kSlackMs = 20;
// Frames may be later than that when a phase has settled.
constexpr std::size_t kOneIn = 20;

struct Span {
  double from;  // ms since the watch began
  double to;
};

// Tells the line what the phases say while the panel is watched.
class Director {
 public:
  Director(RunningPath& path, std::string rate) : path_(path), rate_(std::move(rate)) {}

  // Asked every few milliseconds; true when all phases are over.
  bool isOver() {
    const double now = milliseconds(clock_.now() - start_);
    while (now >= nextAt_) {
      if (next_ == std::size(kPhases)) return true;
      const Phase& phase = kPhases[next_++];
      const std::string order = phase.order ? phase.order : "rate " + rate_;
      if (!order.empty()) path_.orderLine(order);
      const double from = milliseconds(clock_.now() - start_) + phase.before * 1000;
      nextAt_ = from + phase.seconds * 1000;
      spans_.push_back({from, nextAt_});
    }
    return false;
  }
  const std::vector<Span>& spans() const { return spans_; }

 private:
  RunningPath& path_;
  std::string rate_;
  base::RealClock clock_;
  base::TimePoint start_ = clock_.now();
  std::size_t next_ = 0;
  double nextAt_ = 0;
  std::vector<Span> spans_;
};

double settledAfter(const Sightings& seen, const Span& span, double limit) {
  std::size_t end = seen.seenAt.size();
  while (end > 0 && seen.seenAt[end - 1] >= span.to) --end;
  double settled = span.to - span.from;
  std::size_t late = 0;
  for (std::size_t i = end; i > 0 && seen.seenAt[i - 1] >= span.from; --i) {
    if (seen.latencies[i - 1] > limit) ++late;
    const std::size_t all = end - i + 1;
    if (late <= all / kOneIn) settled = seen.seenAt[i - 1] - span.from;
  }
  return settled;
}

PhaseOutcome summarize(const char* name, const Sightings& seen, const Span& span) {
  const double half = (span.from + span.to) / 2;
  std::vector<double> latencies;
  for (std::size_t i = 0; i < seen.seenAt.size(); ++i) {
    if (seen.seenAt[i] >= half && seen.seenAt[i] < span.to) latencies.push_back(seen.latencies[i]);
  }
  PhaseOutcome outcome{.name = name};
  if (latencies.empty()) return outcome;
  outcome.shownPerSecond = static_cast<double>(latencies.size()) * 1000 / (span.to - half);
  outcome.latencyP50 = percentile(latencies, 0.50);
  outcome.latencyP95 = percentile(latencies, 0.95);
  const double limit =
      std::max(outcome.latencyP95 * kSlackShare, outcome.latencyP95 + kSlackMs);
  outcome.settled = settledAfter(seen, {span.from, half}, limit);
  return outcome;
}

std::string settledWords(double ms) { return ms < 0 ? "never" : fmt::format("{:.0f}", ms); }

}  // namespace

ChangesOutcome measureChanges(const Task& task, const Patience& patience,
                              const std::string& programs) {
  RunningPath path(task, programs);
  path.startPrograms();
  path.startScene();
  path.awaitPicture(patience.firstPicture);
  Director director(path, task.line);
  const Sightings seen =
      watchPanel(path.panel(), path.shown(), [&director] { return director.isOver(); });
  ChangesOutcome outcome;
  for (std::size_t i = 0; i < std::size(kPhases); ++i) {
    outcome.phases.push_back(summarize(kPhases[i].name, seen, director.spans()[i]));
  }
  outcome.pollLatenessP99 = percentile(seen.lateness, 0.99);
  outcome.untilExact = path.rest(patience.exact, outcome.differingPixels);
  return outcome;
}

ChangesOutcome median(const std::vector<ChangesOutcome>& outcomes) {
  const auto over = [&outcomes](auto value) {
    std::vector<double> values;
    for (const ChangesOutcome& o : outcomes) values.push_back(value(o));
    return middleOrNever(std::move(values));
  };
  ChangesOutcome m;
  for (const auto field : {&ChangesOutcome::untilExact, &ChangesOutcome::differingPixels,
                           &ChangesOutcome::pollLatenessP99}) {
    m.*field = over([field](const ChangesOutcome& o) { return o.*field; });
  }
  std::size_t phases = outcomes.empty() ? 0 : outcomes.front().phases.size();
  for (const ChangesOutcome& o : outcomes) phases = std::min(phases, o.phases.size());
  for (std::size_t i = 0; i < phases; ++i) {
    PhaseOutcome phase{.name = outcomes.front().phases[i].name};
    for (const auto field : {&PhaseOutcome::shownPerSecond, &PhaseOutcome::latencyP50,
                             &PhaseOutcome::latencyP95, &PhaseOutcome::settled}) {
      phase.*field = over([i, field](const ChangesOutcome& o) { return o.phases[i].*field; });
    }
    m.phases.push_back(std::move(phase));
  }
  return m;
}

std::string toTable(const std::vector<ChangesResult>& results) {
  std::string text =
      "| scene | path | line | settled after ms | fps | p50 ms | p95 ms | exact at rest |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const ChangesResult& r : results) {
    const ChangesOutcome o = median(r.runs);
    for (const PhaseOutcome& p : o.phases) {
      const bool last = &p == &o.phases.back();
      text += fmt::format("| {} | {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {} |\n",
                          sceneWords(r.task, false), r.task.path,
                          p.name == "at first" ? lineWords(r.task) : p.name,
                          settledWords(p.settled), p.shownPerSecond, p.latencyP50, p.latencyP95,
                          last ? exactWords(o.untilExact, o.differingPixels) : "");
    }
  }
  return text;
}

}  // namespace lucarne::bench
