// SPDX-License-Identifier: Apache-2.0
// lucarne-scene: draws one of the bench's scenes in the guest, then rests.
//
// Says on standard output "drawing" at its first frame and "resting FRAMES" after its last, which
// comes when its time is over or at SIGUSR1. At SIGUSR2 it draws one frame out of turn and says
// "drawn FRAMES".
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "base/program.h"
#include "bench/gl_window.h"
#include "bench/scene_window.h"
#include "bench/statistics.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;

namespace {

// SDL has no descriptor to wait for; short against any path's echo.
constexpr base::Duration kListen = std::chrono::microseconds(500);

struct Plan {
  std::string scene = "typing";
  std::string saveTo;
  double framesPerSecond = 60;
  double seconds = 10;
  int frames = 0;
  bool echo = false;
};

std::unique_ptr<bench::GuestWindow> open(const Plan& plan, const base::Clock& clock) {
  if (plan.scene == bench::kGlScene) return bench::openGlWindow(clock);
  auto window = std::make_unique<bench::SceneWindow>(plan.scene, clock);
  if (plan.echo) window->showEchoes();
  return window;
}

// One frame at each tick of a steady beat, until the time is over.
class Player {
 public:
  Player(const Plan& plan, base::Context& context)
      : plan_(plan), window_(open(plan, context.clock)) {
    if (plan.echo) listen_ = context.loop.every(kListen, [this] { window_->takeEvents(); });
    if (plan.framesPerSecond > 0) {
      beat_ = context.loop.every(bench::ofSeconds(1 / plan.framesPerSecond), [this] { onBeat(); });
    }
    if (plan.seconds > 0)
      end_ = context.loop.after(bench::ofSeconds(plan.seconds), [this] { rest(); });
    told_ = context.loop.onSignal(SIGUSR1, [this] { rest(); });
    asked_ = context.loop.onSignal(SIGUSR2, [this] { drawOne(); });
    say("drawing");
  }

 private:
  void onBeat() {
    window_->takeEvents();
    if (resting_) return;
    window_->next();
    if (++beats_ == plan_.frames) rest();
  }
  void rest() {
    if (std::exchange(resting_, true)) return;
    if (!plan_.saveTo.empty()) window_->save(plan_.saveTo);
    say(fmt::format("resting {}", window_->framesDrawn()));
  }
  void drawOne() {
    window_->next();
    say(fmt::format("drawn {}", window_->framesDrawn()));
  }
  static void say(const std::string& words) {
    std::printf("%s\n", words.c_str());
    std::fflush(stdout);
  }

  Plan plan_;
  std::unique_ptr<bench::GuestWindow> window_;
  int beats_ = 0;
  bool resting_ = false;
  base::Timer listen_;
  base::Timer beat_;
  base::Timer end_;
  base::Registration told_;
  base::Registration asked_;
};

std::string sceneList() {
  std::string list = "what to draw:";
  for (const auto* row : bench::sceneRows())
    list += "\n" + std::string(row->name) + ": " + row->summary;
  if (bench::hasGl()) list += fmt::format("\n{}: {}", bench::kGlScene, bench::kGlSummary);
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-scene", "Draws one of lucarne-bench's scenes on $DISPLAY");
  Plan plan;
  auto& options = program.options();
  options.add_option("scene", plan.scene, sceneList());
  options.add_option("--fps", plan.framesPerSecond, "frames drawn per second; 0: none")
      ->check(CLI::Range(0.0, 1000.0));
  options.add_option("--seconds", plan.seconds,
                     "then rest until SIGTERM; 0: draw on until SIGUSR1");
  options.add_option("--save", plan.saveTo, "write the last frame's pixels here when resting");
  options.add_option("--frames", plan.frames, "rest after so many")
      ->check(CLI::Range(1, 1'000'000));
  options.add_flag("--echo", plan.echo,
                   "show each key and each motion at once, in a stamp of its own");
  return program.run(argc, argv, [&](base::Context& context) {
    const Player player(plan, context);
    context.loop.run();
    return 0;
  });
}
