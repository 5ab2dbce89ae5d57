// SPDX-License-Identifier: Apache-2.0
#include "bench/echo.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

#include "bench/echo_mark.h"
#include "bench/fake_input.h"
#include "bench/report.h"
#include "bench/running_path.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kLost = std::chrono::seconds(5);
// Shorter than any echo; a look costs some microseconds.
constexpr base::Duration kLook = std::chrono::microseconds(200);
// Between an answer and the next input, at random so that no beat of the guest or the panel is met
// at always the same moment.
constexpr int kLeastPauseMs = 20;
constexpr int kMostPauseMs = 60;
// For the first answer of all: windows get their focus meanwhile.
constexpr base::Duration kFirstPatience = std::chrono::seconds(20);
constexpr base::Duration kRetry = std::chrono::seconds(1);

struct Key {
  std::uint8_t keycode;
  std::uint32_t keysym;
};
constexpr Key kKeys[] = {{38, 'a'}, {56, 'b'}, {54, 'c'}, {40, 'd'}};

// A person before the panel, whose inputs are each different from the one before.
class Person {
 public:
  explicit Person(RunningPath& path)
      : path_(path), hands_(path.panelDisplay()), shown_(path.shown()) {
    shown_.stamp = kEchoPlace;
  }

  std::optional<double> pressKey(base::Duration patience = kLost) {
    const Key& key = kKeys[turn_++ % std::size(kKeys)];
    const base::TimePoint start = clock_.now();
    hands_.pressKey(key.keycode);
    hands_.releaseKey(key.keycode);
    return await(EchoMark::key(key.keysym), start, patience);
  }

  // In the lower half of the guest, where the cursor hides no stamp.
  std::optional<double> movePointer(base::Duration patience = kLost) {
    const surface::Size size = shown_.guest;
    const surface::GuestPoint at{size.width / 4 + static_cast<int>(random_() % 200),
                                 size.height / 2 + static_cast<int>(turn_++ % 150)};
    const base::TimePoint start = clock_.now();
    hands_.movePointer({shown_.origin.x + at.x, shown_.origin.y + at.y});
    return await(EchoMark::pointer(at), start, patience);
  }

  void pause() {
    const auto ms = kLeastPauseMs + static_cast<int>(random_() % (kMostPauseMs - kLeastPauseMs));
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  }

  // The pointer stands over the guest's window, keys and motions are answered. TigerVNC's viewer in
  // full screen takes no motion before the first click.
  bool begin() {
    const base::TimePoint end = clock_.now() + kFirstPatience;
    while (clock_.now() < end) {
      hands_.movePointer(
          {shown_.origin.x + shown_.guest.width / 2, shown_.origin.y + shown_.guest.height / 2});
      hands_.click();
      if (movePointer(kRetry) && pressKey(kRetry)) return true;
    }
    return false;
  }

  const std::vector<double>& lateness() const { return lateness_; }

 private:
  std::optional<double> await(const EchoMark& mark, base::TimePoint start,
                              base::Duration patience) {
    while (true) {
      const auto seen = readStamp(path_.panel().pixels(), shown_);
      const base::TimePoint now = clock_.now();
      if (seen && seen->drawnUs == mark.number()) return milliseconds(now - start);
      if (now - start > patience) return std::nullopt;
      std::this_thread::sleep_for(kLook);
      lateness_.push_back(milliseconds(clock_.now() - now - kLook));
    }
  }

  RunningPath& path_;
  FakeInput hands_;
  Shown shown_;
  base::RealClock clock_;
  std::minstd_rand random_{1};
  unsigned turn_ = 0;
  std::vector<double> lateness_;
};

struct Samples {
  std::vector<double> times;
  int lost = 0;

  void add(const std::optional<double>& ms) {
    if (ms) {
      times.push_back(*ms);
    } else {
      ++lost;
    }
  }
  EchoTimes summary() const {
    return {percentile(times, 0.50), percentile(times, 0.95),        percentile(times, 0.99),
            percentile(times, 1.0),  static_cast<int>(times.size()), lost};
  }
};

EchoTimes median(const std::vector<EchoOutcome>& runs, EchoTimes EchoOutcome::*kind) {
  const auto over = [&](auto field) {
    std::vector<double> values;
    for (const EchoOutcome& run : runs) values.push_back(static_cast<double>(run.*kind.*field));
    return middle(std::move(values));
  };
  return {over(&EchoTimes::p50),
          over(&EchoTimes::p95),
          over(&EchoTimes::p99),
          over(&EchoTimes::worst),
          static_cast<int>(over(&EchoTimes::count)),
          static_cast<int>(over(&EchoTimes::lost))};
}

}  // namespace

EchoOutcome measureEcho(const Task& task, const Patience& patience, const std::string& programs) {
  Task drawn = task;
  if (task.scene == kAtRest) {
    drawn.scene = "typing";  // a page of text
    drawn.framesPerSecond = 0;
  }
  RunningPath path(drawn, programs);
  path.startPrograms();
  path.startScene({"--echo"});
  path.awaitPicture(patience.firstPicture);
  Person person(path);
  if (!person.begin()) {
    throw base::SetupError(fmt::format("{} brings no input to the guest", task.path));
  }
  Samples keys, motions;
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + ofSeconds(task.seconds);
  while (clock.now() < end) {
    person.pause();
    keys.add(person.pressKey());
    person.pause();
    motions.add(person.movePointer());
  }
  return {keys.summary(), motions.summary(), percentile(person.lateness(), 0.99)};
}

EchoOutcome median(const std::vector<EchoOutcome>& runs) {
  std::vector<double> lateness;
  for (const EchoOutcome& run : runs) lateness.push_back(run.pollLatenessP99);
  return {median(runs, &EchoOutcome::key), median(runs, &EchoOutcome::pointer),
          middle(std::move(lateness))};
}

std::string guestWords(const Task& task) {
  const std::string scene = task.scene == kAtRest ? "at rest" : task.scene;
  return task.serverRate == Task{}.serverRate
             ? scene
             : fmt::format("{}, its server at {}/s", scene, task.serverRate);
}

std::string toTable(const std::vector<EchoResult>& results) {
  std::string text =
      "| guest | line | path | key p50 ms | key p95 ms | key p99 ms | pointer p50 ms | pointer p95 "
      "ms "
      "| pointer p99 ms | inputs a run | lost |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const EchoResult& r : results) {
    const EchoOutcome o = median(r.runs);
    text += fmt::format(
        "| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} | {} |\n",
        guestWords(r.task), lineWords(r.task.line), r.task.path, o.key.p50, o.key.p95, o.key.p99,
        o.pointer.p50, o.pointer.p95, o.pointer.p99, o.key.count + o.pointer.count,
        o.key.lost + o.pointer.lost);
  }
  return text;
}

}  // namespace lucarne::bench
