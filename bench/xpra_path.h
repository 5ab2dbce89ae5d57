// SPDX-License-Identifier: Apache-2.0
// Xpra as a way from a guest to the panel: its server looks at the guest's X server itself, so that
// no VNC is involved.
#pragma once

#include <vector>

#include "bench/display_path.h"

namespace lucarne::bench {

/// `xpra start-desktop` on the guest's X server, which is told what changes (`xpra shadow` looks 20
/// times a second only), the line, and `xpra attach`. What has nothing to do with the screen is off
/// (sound, printers, clipboard, D-Bus); pictures are as Xpra chooses by itself, without OpenGL,
/// which a panel without a GPU does not have, and, over a line, without the memory that it shares
/// with itself on one machine. Debian's package needs python3-pil and python3-gi-cairo beside it.
std::vector<Stage> xpraStages(const Wiring& wiring);

}  // namespace lucarne::bench
