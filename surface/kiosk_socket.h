// SPDX-License-Identifier: Apache-2.0
// Where the kiosk listens for guests.
#pragma once

#include <string>

#include "base/runtime_dir.h"

namespace lucarne::surface {

/// kiosk.sock in the runtime folder. Throws SetupError when there can be no such folder.
inline std::string kioskSocketPath() { return base::runtimeDir() + "/kiosk.sock"; }

}  // namespace lucarne::surface
