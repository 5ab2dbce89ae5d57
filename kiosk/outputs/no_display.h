// SPDX-License-Identifier: Apache-2.0
// What to do when there is nothing to show pictures on.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace lucarne::kiosk {

inline std::string noDisplay(std::string_view reason) {
  return fmt::format(
      "open a display: {}; start it where DISPLAY or WAYLAND_DISPLAY is set, or on a text console by "
      "a user who may use /dev/dri/card* and /dev/input/event* (groups video, render and input), or "
      "with --headless --size WxH",
      reason);
}

}  // namespace lucarne::kiosk
