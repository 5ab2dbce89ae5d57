// SPDX-License-Identifier: Apache-2.0
#include "bench/beginning.h"

#include <fmt/format.h>

#include <thread>

#include "base/result.h"
#include "bench/gl_window.h"
#include "bench/report.h"
#include "bench/running_path.h"
#include "bench/scenes/scene.h"
#include "bench/sightings.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

// 25 dB: 255 squared over 10 to the power of 2.5. Below it a photograph is blocks, above it a letter
// is a letter.
constexpr double kRecognisable = 255.0 * 255.0 / 316.2;
// What a scene has drawn when the beginning of a path is measured: something of everything.
constexpr const char* kFramesBefore = "18";

using Pixels = std::vector<surface::Pixel>;

// The pixels of a rectangle of the guest, as the panel should show them and as it does.
bool isExact(const RunningPath& path, const Pixels& expected, const surface::Rect& part) {
  const surface::Size size = turned(path.shown().guest, path.shown().rotation);
  const surface::ConstFrame guest{expected.data(), size, size.width * 4};
  const surface::GuestPoint origin = path.shown().origin;
  const surface::Rect there{origin.x + part.x, origin.y + part.y, part.width, part.height};
  const surface::ConstFrame panel = path.panel().pixels();
  return surface::Rect::of(panel.size).contains(there) &&
         surface::differingPixels(panel.part(there), guest.part(part)) == 0;
}

double timeOf(const surface::Stamp& stamp) { return static_cast<double>(stamp.drawnUs) / 1000; }

double nowMs() {
  const base::RealClock clock;
  return static_cast<double>(base::toMicroseconds(clock.now().time_since_epoch())) / 1000;
}

// Looks at the panel until it is exact. `start`: ms on the clock of the stamps; `counter`: of the
// stamp that is waited for.
Beginning watchComing(RunningPath& path, const Pixels& expected, const surface::Rect& text,
                      std::uint32_t counter, double start, base::Duration patience) {
  const surface::Size size = turned(path.shown().guest, path.shown().rotation);
  const surface::ConstFrame guest{expected.data(), size, size.width * 4};
  Beginning b{.text = text.empty() ? kNoText : -1};
  lookUntil(patience, [&] {
    const surface::ConstFrame panel =
        path.panel().pixels().part({path.shown().origin.x, path.shown().origin.y, size.width,
                                    size.height});
    const auto stamp = readStamp(path.panel().pixels(), path.shown());
    const bool there = stamp && stamp->counter == counter;
    if (b.first < 0 && there) b.first = nowMs() - start;
    if (b.recognisable < 0 && worstError(panel, guest) <= kRecognisable) {
      b.recognisable = nowMs() - start;
    }
    if (b.text == -1 && isExact(path, expected, text)) b.text = nowMs() - start;
    if (differingPixels(path.panel().pixels(), path.shown(), expected) != 0) return false;
    b.whole = nowMs() - start;
    if (b.first < 0) b.first = b.whole;
    if (b.recognisable < 0) b.recognisable = b.whole;
    return true;
  });
  return b;
}

// Where the scene's text is on the panel, if it is not turned.
surface::Rect textOf(const Task& task) {
  if (task.rotation != surface::Rotation::Deg0 || task.scene == kGlScene) return {};
  return createScene(task.scene, task.size)->text();
}

std::string timeWords(double ms) { return ms < 0 ? "never" : fmt::format("{:.0f}", ms); }

}  // namespace

Beginning measureBoot(const Task& task, const Patience& patience, const std::string& programs) {
  RunningPath path(task, programs);
  path.startScene({"--frames", kFramesBefore});
  path.awaitRest();
  const Pixels expected = path.endScene();
  const auto stamp = readStamp(
      {expected.data(), turned(task.size, task.rotation), turned(task.size, task.rotation).width * 4},
      path.shown());
  const double start = nowMs();
  path.startPrograms();
  Beginning b = watchComing(path, expected, textOf(task), stamp ? stamp->counter : 0, start, patience.exact);
  b.lineBytes = path.lineBytes();
  return b;
}

Beginning measureStill(const Task& task, const Patience& patience, const std::string& programs) {
  Task drawnOnce = task;
  drawnOnce.framesPerSecond = 0;
  RunningPath path(drawnOnce, programs);
  path.startPrograms();
  path.startScene();
  path.awaitPicture(patience.firstPicture);
  const double before = path.lineBytes();
  path.drawFrame();
  const Pixels expected = path.endScene();
  Shown guest = path.shown();
  guest.origin = {0, 0};
  const surface::Size size = turned(task.size, task.rotation);
  const auto stamp = readStamp({expected.data(), size, size.width * 4}, guest);
  if (!stamp) throw base::SetupError("the scene's picture has no stamp");
  Beginning b = watchComing(path, expected, textOf(task), stamp->counter, timeOf(*stamp),
                            patience.exact);
  b.lineBytes = path.lineBytes() - before;
  return b;
}

Beginning median(const std::vector<Beginning>& beginnings) {
  Beginning m;
  for (const auto field : {&Beginning::first, &Beginning::recognisable, &Beginning::text,
                           &Beginning::whole, &Beginning::lineBytes}) {
    std::vector<double> values;
    for (const Beginning& b : beginnings) values.push_back(b.*field);
    m.*field = middleOrNever(std::move(values));
  }
  if (!beginnings.empty() && beginnings.front().text == kNoText) m.text = kNoText;
  return m;
}

std::string toTable(const std::vector<BeginningResult>& results) {
  std::string table =
      "| scene | line | path | first ms | recognisable ms | text exact ms | whole exact ms | bytes "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const BeginningResult& r : results) {
    const Beginning b = median(r.runs);
    table += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {:.0f} |\n",
                         sceneWords(r.task, false), lineWords(r.task), r.task.path,
                         timeWords(b.first), timeWords(b.recognisable),
                         b.text == kNoText ? "-" : timeWords(b.text), timeWords(b.whole), b.lineBytes);
  }
  return table;
}

}  // namespace lucarne::bench
