// SPDX-License-Identifier: Apache-2.0
// Parts of a program that are loaded when they are first named, because the libraries they need would
// cost memory wherever they are not used. A module is built with the program and carries its own copy
// of what it uses of the tree; objects may pass between the two.
#pragma once

#include <string_view>

namespace lucarne::base {

/// The address of `symbol` in the module `name`, which is looked for in ../lib/lucarne beside the
/// program's folder, then where it is installed; it stays loaded. Throws SetupError: `what` is what it
/// is for, as in "the X11 source".
void* symbolOfModule(std::string_view name, const char* symbol, std::string_view what);

}  // namespace lucarne::base
