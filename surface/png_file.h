// SPDX-License-Identifier: Apache-2.0
// Pictures as PNG files, for people and for tests. In a library of its own (lucarne::png), since
// only few programs want libpng.
#pragma once

#include <string>

#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::surface {

/// Writes 8-bit RGB. The file appears whole or not at all: it is written beside its place and then
/// moved there, and is its user's alone (mode 0600: it may show anything). Blocks for as long as compressing takes (some 20 ms for 1280 x 800).
base::Result<void> writePng(const std::string& path, ConstFrame picture);

/// Throws SetupError when there can be no file at `path`: found out at the start, not at the first
/// picture.
void requireWritableFolder(const std::string& path);

}  // namespace lucarne::surface
