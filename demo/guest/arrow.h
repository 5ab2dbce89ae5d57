// SPDX-License-Identifier: Apache-2.0
// The demo's pointer: an arrow, as libvncserver takes cursors.
#pragma once

struct rfbCursor;

namespace lucarne::demo {

/// libvncserver frees it with the screen it is set on.
rfbCursor* makeArrow();

}  // namespace lucarne::demo
