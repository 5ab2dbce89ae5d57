// SPDX-License-Identifier: Apache-2.0
// For programs that run in small domains: what only set-up needed goes back to the machine.
#pragma once

namespace lucarne::base {

/// From now on large blocks are returned when they are freed. glibc does so by itself only until the
/// first that is freed: then it keeps all that are as large. Nothing to do with other C libraries.
/// Call it first, from the only thread.
void returnLargeBlocks();

/// Returns the holes that freed memory left, and the pages of the program and its libraries that are
/// as in their files: options, symbols and relocations are looked at once. What is needed again is
/// mapped again, 64 KiB at a time, mostly without reading the disk. Costs some milliseconds.
void returnSetUp();

}  // namespace lucarne::base
