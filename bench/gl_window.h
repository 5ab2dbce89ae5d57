// SPDX-License-Identifier: Apache-2.0
// The scene "gl": a program of the guest's that draws by OpenGL, as far as its X server has GLX
// (Xvnc: Mesa's software). The X server is told of the whole window with every frame, whatever part
// of it has changed.
#pragma once

#include <memory>

#include "bench/guest_window.h"

namespace lucarne::bench {

inline constexpr const char* kGlScene = "gl";
inline constexpr const char* kGlSummary = "a wheel of lit boxes, by OpenGL in a window of 800x600";

/// Whether this build has it.
bool hasGl();

/// Where the stamp that moves with the picture stands (bench/scenes/scene.h): at the window's end.
surface::GuestPoint glStamp(surface::Size screen);

/// Covers the screen of $DISPLAY, the window with OpenGL in its corner. Throws SetupError, also when
/// the X server has no GLX.
std::unique_ptr<GuestWindow> openGlWindow(const base::Clock& clock);

}  // namespace lucarne::bench
