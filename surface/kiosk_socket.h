// SPDX-License-Identifier: Apache-2.0
// Where the kiosk listens for guests, and for the input broker.
#pragma once

#include <string>

#include "base/runtime_dir.h"

namespace lucarne::surface {

/// kiosk.sock in the runtime folder. Throws SetupError when there can be no such folder.
inline std::string kioskSocketPath() { return base::runtimeDir() + "/kiosk.sock"; }

/// Where the kiosk that shows guests from `kioskPath` takes input: beside it, so that two kiosks
/// of one machine never share it.
inline std::string panelInputPath(const std::string& kioskPath) { return kioskPath + ".input"; }

}  // namespace lucarne::surface
