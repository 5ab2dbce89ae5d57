// SPDX-License-Identifier: Apache-2.0
// stdio: standard input and output as a local end.
#pragma once

#include "tunnel/fd_end.h"

namespace lucarne::tunnel {

/// Ctrl-]: leaves, when standard input is a terminal (which is set raw for as long as the parts
/// live, so that every other key goes through).
inline constexpr std::uint8_t kEscape = 0x1d;

/// Puts back on destruction what it changes: terminal mode and non-blocking flags, which the
/// program that started us shares. Throws SetupError when one of the two is closed.
FdParts openStandardIo();

}  // namespace lucarne::tunnel
