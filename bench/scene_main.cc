// SPDX-License-Identifier: Apache-2.0
// lucarne-scene: draws one of the bench's scenes in the guest, then rests.
//
// Says on standard output "drawing" at its first frame and "resting FRAMES" after its last, which
// comes when its time is over or at SIGUSR1.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "base/program.h"
#include "bench/scene_window.h"

namespace base = lucarne::base;
namespace bench = lucarne::bench;

namespace {

struct Plan {
  std::string scene = "typing";
  std::string saveTo;
  double framesPerSecond = 60;
  double seconds = 10;
  bool onInput = false;
};

// One frame at each tick of a steady beat, or at each input, until the time is over.
class Player {
 public:
  Player(const Plan& plan, base::Context& context)
      : plan_(plan), window_(plan.scene, context.clock) {
    const auto seconds = [](double s) {
      return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(s));
    };
    std::printf("drawing\n");
    std::fflush(stdout);
    // Input is looked for often where it is what is measured; else now and then.
    const double beat = plan.onInput ? 0.0005 : 1 / plan.framesPerSecond;
    beat_ = context.loop.every(seconds(beat), [this] { onBeat(); });
    if (plan.seconds > 0) end_ = context.loop.after(seconds(plan.seconds), [this] { rest(); });
    told_ = context.loop.onSignal(SIGUSR1, [this] { rest(); });
  }

 private:
  void onBeat() {
    const int inputs = window_.takeInput();
    if (!resting_ && (!plan_.onInput || inputs > 0)) window_.next();
  }
  void rest() {
    if (std::exchange(resting_, true)) return;
    if (!plan_.saveTo.empty()) window_.save(plan_.saveTo);
    std::printf("resting %d\n", window_.framesDrawn());
    std::fflush(stdout);
  }

  Plan plan_;
  bench::SceneWindow window_;
  bool resting_ = false;
  base::Timer beat_;
  base::Timer end_;
  base::Registration told_;
};

std::string sceneList() {
  std::string list = "what to draw:";
  for (const auto* row : bench::sceneRows())
    list += "\n" + std::string(row->name) + ": " + row->summary;
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-scene", "Draws one of lucarne-bench's scenes on $DISPLAY");
  Plan plan;
  auto& options = program.options();
  options.add_option("scene", plan.scene, sceneList());
  options.add_option("--fps", plan.framesPerSecond, "frames drawn per second")
      ->check(CLI::Range(0.1, 1000.0));
  options.add_option("--seconds", plan.seconds, "then rest until SIGTERM; 0: draw on until SIGUSR1");
  options.add_option("--save", plan.saveTo, "write the last frame's pixels here when resting");
  options.add_flag("--on-input", plan.onInput, "draw a frame at each key and motion, not by time");
  return program.run(argc, argv, [&](base::Context& context) {
    const Player player(plan, context);
    context.loop.run();
    return 0;
  });
}
