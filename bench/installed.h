// SPDX-License-Identifier: Apache-2.0
// Programs of others on this machine.
#pragma once

#include <string>

namespace lucarne::bench {

/// Whether a program of that name is in PATH, or at that path.
bool isInstalled(const std::string& program);

/// Where it is. Throws SetupError: "xyz is not installed".
std::string installed(const std::string& program);

}  // namespace lucarne::bench
