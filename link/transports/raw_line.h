// SPDX-License-Identifier: Apache-2.0
// Terminal lines as clean eight-bit channels.
#pragma once

#include <memory>

#include "base/unique_fd.h"

namespace lucarne::link {

/// Sets raw mode on a terminal: no echo, no signals, no translation, no flow control by characters
/// or wires, modem lines ignored, `baud` bits per second (0: as it was). Throws SetupError.
void setRaw(const base::UniqueFd& line, unsigned baud);

/// The same for as long as the answer lives: its destructor puts back what was there. It holds its
/// own descriptor.
std::shared_ptr<void> setRawForAWhile(const base::UniqueFd& line, unsigned baud);

/// Whether `baud` is a rate that terminals know.
bool isKnownBaud(unsigned baud);

}  // namespace lucarne::link
