// SPDX-License-Identifier: Apache-2.0
// The password of a VNC server, read from a file so that it never stands on a command line.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace lucarne::relay::rfb {

/// The first line, without its end. Warns when others than the owner can read the file. An error
/// when it cannot be read or is empty; the words never hold what is in it.
base::Result<std::string> readPassword(const std::string& path, const base::Log& log);

}  // namespace lucarne::relay::rfb
