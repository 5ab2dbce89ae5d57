// SPDX-License-Identifier: Apache-2.0
#include "bench/measurement.h"

#include <algorithm>
#include <thread>

#include "bench/running_path.h"
#include "bench/sightings.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

// 20 dB: 255 squared over a hundred. Below it a photograph is blocks, above it a letter is a
// letter.
constexpr double kRecognisable = 255.0 * 255.0 / 100;
// Looking at a whole panel costs a few milliseconds itself.
constexpr base::Duration kWholeLook = std::chrono::milliseconds(2);
// What a scene has drawn when the beginning of a path is measured: something of everything.
constexpr const char* kFramesBefore = "18";

constexpr double kNever = 1e300;

// Looks at the whole panel until `found`; false when it took longer than `patience`.
template <typename Found>
bool lookUntil(base::Duration patience, Found found) {
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (!found()) {
    if (clock.now() > end) return false;
    std::this_thread::sleep_for(kWholeLook);
  }
  return true;
}

Outcome summarize(const Sightings& seen, double seconds) {
  Outcome o;
  o.shownPerSecond = seen.shown / seconds;
  const double drawn = seen.lastCounter - seen.firstCounter + 1.0;
  o.shareShown = seen.shown > 0 ? seen.shown / drawn : 0;
  o.latencyP50 = percentile(seen.latencies, 0.50);
  o.latencyP95 = percentile(seen.latencies, 0.95);
  o.latencyP99 = percentile(seen.latencies, 0.99);
  o.longestGap = percentile(seen.gaps, 1.0);
  o.pollLatenessP99 = percentile(seen.lateness, 0.99);
  return o;
}

// Ends the motion and waits until the panel equals the guest's last frame.
void rest(RunningPath& path, base::Duration patience, Outcome& outcome) {
  const base::RealClock clock;
  const base::TimePoint start = clock.now();
  const std::vector<surface::Pixel> expected = path.endScene();
  const bool exact = lookUntil(patience, [&] {
    outcome.differingPixels =
        static_cast<double>(differingPixels(path.panel().pixels(), path.shown(), expected));
    return outcome.differingPixels == 0;
  });
  if (exact) outcome.untilExact = milliseconds(clock.now() - start);
}

}  // namespace

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
  rest(path, patience.exact, outcome);
  return outcome;
}

Beginning measureBeginning(const Task& task, const Patience& patience,
                           const std::string& programs) {
  RunningPath path(task, programs);
  path.startScene({"--frames", kFramesBefore});
  path.awaitRest();
  const std::vector<surface::Pixel> expected = path.endScene();
  const surface::Size size = turned(task.size, task.rotation);
  const surface::ConstFrame guest{expected.data(), size, size.width * 4};
  const base::RealClock clock;
  const base::TimePoint start = clock.now();
  const auto since = [&] { return milliseconds(clock.now() - start); };
  path.startPrograms();
  Beginning b;
  lookUntil(patience.exact, [&] {
    const surface::ConstFrame panel = path.panel().pixels();
    if (b.first < 0 && readStamp(panel, path.shown())) b.first = since();
    if (b.recognisable < 0 && worstError(panel, guest) <= kRecognisable) b.recognisable = since();
    if (differingPixels(panel, path.shown(), expected) != 0) return false;
    b.whole = since();
    if (b.first < 0) b.first = b.whole;
    if (b.recognisable < 0) b.recognisable = b.whole;
    return true;
  });
  b.lineBytes = path.lineBytes();
  return b;
}

Beginning median(const std::vector<Beginning>& beginnings) {
  Beginning m;
  for (const auto field :
       {&Beginning::first, &Beginning::recognisable, &Beginning::whole, &Beginning::lineBytes}) {
    std::vector<double> values;
    for (const Beginning& b : beginnings) values.push_back(b.*field);
    m.*field = middle(std::move(values));
  }
  return m;
}

Outcome median(const std::vector<Outcome>& outcomes) {
  Outcome m;
  const auto over = [&outcomes](auto field) {
    std::vector<double> values;
    for (const Outcome& o : outcomes) values.push_back(field(o));
    return middle(std::move(values));
  };
  for (const auto field :
       {&Outcome::shownPerSecond, &Outcome::shareShown, &Outcome::latencyP50, &Outcome::latencyP95,
        &Outcome::latencyP99, &Outcome::longestGap, &Outcome::lineBytesPerFrame,
        &Outcome::cpuPerFrame, &Outcome::differingPixels, &Outcome::pollLatenessP99}) {
    m.*field = over([field](const Outcome& o) { return o.*field; });
  }
  // Never is longer than any time.
  m.untilExact = over([](const Outcome& o) { return o.untilExact < 0 ? kNever : o.untilExact; });
  if (m.untilExact >= kNever) m.untilExact = -1;
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
