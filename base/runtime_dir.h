// SPDX-License-Identifier: Apache-2.0
// Where the programs of one machine find each other's sockets.
#pragma once

#include <string>

namespace lucarne::base {

/// LUCARNE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/lucarne, else /run/lucarne for root, else
/// /tmp/lucarne-UID. Created with mode 0700 when missing. Throws SetupError when it cannot be
/// made, or is not ours alone.
std::string runtimeDir();

}  // namespace lucarne::base
