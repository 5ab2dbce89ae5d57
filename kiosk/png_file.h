// SPDX-License-Identifier: Apache-2.0
// Pictures as PNG files.
#pragma once

#include <string>

#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::kiosk {

/// Writes 8-bit RGB. The file appears whole or not at all: it is written beside its place and then
/// moved there.
base::Result<void> writePng(const std::string& path, surface::ConstFrame picture);

}  // namespace lucarne::kiosk
