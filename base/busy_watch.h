// SPDX-License-Identifier: Apache-2.0
// For descriptors that are ready a thousand times a second.
#pragma once

#include "base/loop.h"

namespace lucarne::base {

/// GLib takes a descriptor out of what it polls before each call of its watcher and puts it back
/// afterwards, waking itself up both times: four system calls and a turn of the loop each time. Not
/// any more for this one, whose callback must never turn the loop itself (if it does, it is not called
/// inside itself, but the inner turns do not sleep while the descriptor is ready).
void stayPolled(Watch& watch);

}  // namespace lucarne::base
