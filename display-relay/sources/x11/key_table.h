// SPDX-License-Identifier: Apache-2.0
// Places on a keyboard as an X server numbers them.
//
// An Xorg under Linux adds 8 to the kernel's codes; Xvnc, Xvfb and others number as they like. What
// they agree on are the names of the places ("AE01", "LFSH") in their keyboard description, by XKB
// (The X Keyboard Extension, 5.1). So a code goes to its name in the evdev description and from there
// to the server's number.
#pragma once

#include <xcb/xcb.h>

#include <array>
#include <cstdint>

#include "surface/input_event.h"

namespace lucarne::relay::x11 {

class KeyTable {
 public:
  /// Knows no key.
  KeyTable() = default;
  /// Asks the server, and waits for its answers. Without XKB, or without keyboard data here, it is
  /// taken for one that numbers like Xorg.
  static KeyTable ask(xcb_connection_t* server);

  /// The server's number of a place (linux/input-event-codes.h); 0: it has no such key.
  std::uint8_t keycodeOf(std::uint16_t code) const {
    return code < keycodes_.size() ? keycodes_[code] : 0;
  }

 private:
  std::array<std::uint8_t, surface::kMaxEvdevCode + 1> keycodes_{};
};

}  // namespace lucarne::relay::x11
