// SPDX-License-Identifier: Apache-2.0
// Waking the loop when SDL has events, without asking SDL again and again.
//
// SDL has no descriptor to wait for, but what lies under it has: the connection to the X server or
// the Wayland compositor. That is watched; SDL reads it. (On KMS there is none: see SeatDevices.)
#pragma once

#include <functional>
#include <string>

#include "base/program.h"

struct SDL_Window;

namespace lucarne::kiosk {

class DisplayWakeup {
 public:
  /// Calls `onWake` from the loop whenever SDL may have events. It should let SDL read everything
  /// that is there. The window and the context outlive this.
  DisplayWakeup(SDL_Window* window, const base::Context& context, std::function<void()> onWake);

  /// What is watched, for the log: "X connection", "nothing".
  const std::string& words() const { return what_; }

 private:
  void watchConnection(int fd, const char* what);

  const base::Context& context_;
  std::function<void()> onWake_;
  std::string what_ = "nothing";
  base::Watch connection_;
};

}  // namespace lucarne::kiosk
