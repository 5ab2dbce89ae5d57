// SPDX-License-Identifier: Apache-2.0
// Says what the machine's GPUs make of guests' dma-bufs, without opening a display.
#pragma once

#include <string>

namespace lucarne::kiosk {

/// A line for each GPU that EGL knows, for `lucarne-kiosk --list`; one that says why when there is
/// none.
std::string dmabufReport();

}  // namespace lucarne::kiosk
