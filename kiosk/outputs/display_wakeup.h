// SPDX-License-Identifier: Apache-2.0
// Waking the loop when SDL has events, without asking SDL again and again.
//
// SDL has no descriptor to wait for, but what lies under it has: the connection to the X server or
// the Wayland compositor, and on KMS the input devices themselves. Those are watched; SDL reads
// them. On KMS every /dev/input/event* is opened a second time, only to be told that there is
// something to read (the kernel gives each reader its own copy; SDL grabs none).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/program.h"
#include "base/unique_fd.h"

struct SDL_Window;

namespace lucarne::kiosk {

class DisplayWakeup {
 public:
  /// Calls `onWake` from the loop whenever SDL may have events. It should let SDL read everything
  /// that is there. The window and the context outlive this.
  DisplayWakeup(SDL_Window* window, const base::Context& context, std::function<void()> onWake);

  /// What is watched, for the log: "X connection", "12 input devices", "nothing".
  std::string words() const;

 private:
  void watchConnection(int fd, const char* what);
  void watchInputDevices();
  void openInputDevices();
  void drain(const std::string& path);

  struct Device {
    base::UniqueFd fd;
    base::Watch watch;
  };

  const base::Context& context_;
  std::function<void()> onWake_;
  std::string what_ = "nothing";
  base::Watch connection_;
  base::UniqueFd folder_;  // inotify on /dev/input
  base::Watch folderWatch_;
  base::Timer settle_;
  std::map<std::string, Device> devices_;  // by path
};

}  // namespace lucarne::kiosk
