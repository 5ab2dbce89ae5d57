// SPDX-License-Identifier: Apache-2.0
// The picture behind everything: hills at dusk, and a roof with a lit lucarne.
#pragma once

#include "demo/guest/canvas.h"

namespace lucarne::demo {

/// Fills the whole frame, which the canvas must cover.
void paintWallpaper(Canvas canvas);

}  // namespace lucarne::demo
