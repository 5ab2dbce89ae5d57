// SPDX-License-Identifier: Apache-2.0
// One sysfs file or folder, read or written at once by whoever calls. May block for as long as the
// driver likes: not for the loop's thread, except on trees of plain files.
#pragma once

#include <string>
#include <string_view>

#include "sensors/attributes.h"

namespace lucarne::sensors {

/// At most kMaxAttribute bytes, without white space at the end.
Attribute readFile(const std::string& path);
/// Only `error` is set.
Attribute writeFile(const std::string& path, std::string_view text);
/// Fills `entries` (sorted, no dot files) and `folderError`.
void listFolder(const std::string& path, Attributes& into);

}  // namespace lucarne::sensors
