// SPDX-License-Identifier: Apache-2.0
// Whole files of text.
#pragma once

#include <string>

namespace lucarne::bench {

/// Throws SetupError: "cannot read …".
std::string readText(const std::string& path);

/// Replaces the file. Throws SetupError: "cannot write …".
void writeText(const std::string& path, const std::string& text);

}  // namespace lucarne::bench
