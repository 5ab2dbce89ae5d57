// SPDX-License-Identifier: Apache-2.0
// The least that a program between devices and a line can do: sleep until a device has something,
// read it, write as much to the line. What the broker needs beside it is the broker's own.
#pragma once

#include <span>
#include <string>

namespace lucarne::test {

/// Prints "ready" when the devices are open, and runs until it is ended. The line is a pseudo
/// terminal that another process empties. Status 1 when a device cannot be opened.
int runFloor(std::span<const std::string> nodes);

}  // namespace lucarne::test
