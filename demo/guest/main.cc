// SPDX-License-Identifier: Apache-2.0
// lucarne-demo-guest: a small desktop behind a VNC server, for demonstrations and tests.
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/program.h"
#include "base/result.h"
#include "demo/guest/vnc_server.h"

int main(int argc, char** argv) {
  using namespace lucarne;
  base::Program program("lucarne-demo-guest",
                        "A small desktop to look at and to touch, served as VNC");
  std::string where;
  surface::Size size{1280, 800};
  int framesPerSecond = 60;
  bool still = false;
  auto& options = program.options();
  options.add_option("listen", where, "unix:PATH or tcp:PORT (on 127.0.0.1)")->required();
  options.add_option("--width", size.width, "of the desktop, pixels (1280)");
  options.add_option("--height", size.height, "of the desktop, pixels (800)");
  options.add_option("--fps", framesPerSecond, "drawn frames a second at most (60)")
      ->check(CLI::Range(1, 1000));
  options.add_flag("--still", still, "at rest until somebody touches it");

  return program.run(argc, argv, [&](base::Context& context) {
    const bool tooSmall = std::min(size.width, size.height) < demo::Desktop::kSmallestSide;
    if (tooSmall || !surface::isAcceptable(size.width, size.height)) {
      throw base::UsageError("the desktop's sides are from 600 to 16384 pixels");
    }
    demo::Desktop desktop(size, still ? demo::Motion::Still : demo::Motion::Moving, context.clock);
    const demo::VncServer server(desktop, demo::listenOn(where), framesPerSecond, context);
    context.log.info("serving {} x {} on {}", size.width, size.height, where);
    context.loop.run();
    return 0;
  });
}
