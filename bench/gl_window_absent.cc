// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"
#include "bench/gl_window.h"

namespace lucarne::bench {

bool hasGl() { return false; }

surface::GuestPoint glStamp(surface::Size) { return {}; }

std::unique_ptr<GuestWindow> openGlWindow(const base::Clock&) {
  throw base::SetupError("built without OpenGL (libgl-dev)");
}

}  // namespace lucarne::bench
