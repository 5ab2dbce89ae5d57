// SPDX-License-Identifier: Apache-2.0
#include "bench/running_path.h"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/result.h"
#include "bench/gl_window.h"
#include "bench/scenes/scene.h"
#include "bench/sightings.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

// Enough for pacing and caches to settle.
constexpr base::Duration kWarmUp = std::chrono::seconds(2);
constexpr base::Duration kScenePatience = std::chrono::seconds(30);
// Beside a window that is not the full screen.
constexpr int kRoomBeside = 60;
// Above the ports of every guest's server.
constexpr int kFirstFreePort = 18000;

surface::Size panelSize(const Task& task) {
  surface::Size size = turned(task.size, task.rotation);
  if (!isFullScreen(task)) {
    size.width += kRoomBeside;
    size.height += kRoomBeside;
  }
  return size;
}

}  // namespace

RunningPath::RunningPath(const Task& task, const std::string& programs)
    : task_(task),
      programs_(programs),
      folder_("bench"),
      changes_(folder_.path()),
      guest_(task.size, task.serverRate, folder_.path()),
      panel_(panelSize(task), folder_.path()),
      shown_{{0, 0}, task.size, task.rotation},
      runners_(folder_.path()) {
  if (lineKindOf(task.line) == LineKind::Terminal) {
    line_ = std::make_unique<ShapedLine>(task.line, task.faults, folder_.path(), programs);
  }
}

void RunningPath::startScene(const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {programs_ + "/lucarne-scene",
                                        task_.scene,
                                        "--fps",
                                        fmt::format("{}", task_.framesPerSecond),
                                        "--seconds",
                                        "0",
                                        "--save",
                                        lastFrame()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  scene_ = std::make_unique<Child>(
      Command{.arguments = std::move(arguments),
              .environment = {"DISPLAY=" + guest_.display(), "SDL_VIDEODRIVER=x11"},
              .output = sceneWords(),
              .errors = folder_.file("scene.log")});
  const bool begun = changes_.waitUntil(
      kScenePatience, [this] { return !lastLine(sceneWords()).empty(); }, scene_.get());
  if (!begun) {
    throw base::SetupError("the scene did not begin: " + lastLine(folder_.file("scene.log")));
  }
}

Wiring RunningPath::wiring() const {
  Wiring wiring{.vncPort = guest_.port(),
                .guestDisplay = guest_.display(),
                .line = {lineKindOf(task_.line), "", ""},
                .freePort = kFirstFreePort + 2 * guest_.number(),
                .panelDisplay = panel_.display(),
                .guest = task_.size,
                .rotation = task_.rotation,
                .fullScreen = isFullScreen(task_),
                .atOwnPace = task_.framesPerSecond >= kOwnPace,
                .folder = folder_.path(),
                .programs = programs_};
  if (line_) {
    wiring.line.guestEnd = line_->guestEnd();
    wiring.line.panelEnd = line_->panelEnd();
  }
  return wiring;
}

void RunningPath::startPrograms() {
  for (const Stage& stage : displayPath(task_.path).stages(wiring())) runners_.start(stage);
}

void RunningPath::awaitPicture(base::Duration patience) {
  const std::string what =
      fmt::format("the scene {}, by {} over {}", task_.scene, task_.path, task_.line);
  shown_.origin = runners_.awaitPicture(panel_, shown_, patience, what);
  shown_.stamp = task_.scene == kGlScene
                     ? glStamp(task_.size)
                     : createScene(task_.scene, task_.size)->movingStamp().value_or(shown_.stamp);
  std::this_thread::sleep_for(kWarmUp);
}

void RunningPath::awaitRest() {
  const bool rested = changes_.waitUntil(
      kScenePatience, [this] { return lastLine(sceneWords()).starts_with("resting"); },
      scene_.get());
  if (!rested) throw base::SetupError("the scene did not come to rest");
}

void RunningPath::drawFrame() {
  scene_->signal(SIGUSR2);
  const bool drawn = changes_.waitUntil(
      kScenePatience, [this] { return lastLine(sceneWords()).starts_with("drawn"); }, scene_.get());
  if (!drawn) throw base::SetupError("the scene drew no frame");
}

std::vector<surface::Pixel> RunningPath::endScene() {
  scene_->signal(SIGUSR1);
  awaitRest();
  const std::vector<surface::Pixel> last = readLastFrame();
  return turnedPixels(shown_, {last.data(), task_.size, task_.size.width * 4});
}

double RunningPath::rest(base::Duration patience, double& differing) {
  const base::RealClock clock;
  const base::TimePoint start = clock.now();
  const std::vector<surface::Pixel> expected = endScene();
  const bool exact = lookUntil(patience, [&] {
    differing = static_cast<double>(differingPixels(panel_.pixels(), shown_, expected));
    return differing == 0;
  });
  return exact ? milliseconds(clock.now() - start) : -1;
}

std::vector<surface::Pixel> RunningPath::readLastFrame() const {
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>(task_.size.pixels()));
  std::ifstream in(lastFrame(), std::ios::binary);
  in.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size() * 4));
  if (!in) throw base::SetupError(fmt::format("the scene left no last frame in {}", lastFrame()));
  return pixels;
}

void RunningPath::orderLine(const std::string& order) {
  if (line_) line_->order(order);
}

double RunningPath::lineBytes() { return line_ ? static_cast<double>(line_->forwardBytes()) : 0; }

void RunningPath::startCounting() {
  runners_.startCounting();
  serverCpuBefore_ = cpuOf(guest_.server());
  lineBytesBefore_ = lineBytes();
}

void RunningPath::addCosts(Outcome& o, double frames) {
  runners_.addCosts(o, frames);
  // What the guest's server spends on a path's encoding belongs to the path.
  o.cpuPerFrameOf["xvnc"] = (cpuOf(guest_.server()) - serverCpuBefore_) * 1000 / frames;
  o.cpuPerFrame += o.cpuPerFrameOf["xvnc"];
  o.lineBytesPerFrame = (lineBytes() - lineBytesBefore_) / frames;
}

}  // namespace lucarne::bench
