// SPDX-License-Identifier: Apache-2.0
// A person at an X display: presses keys and moves the pointer through the XTEST extension.
//
// Speaks the X protocol itself, the four requests that it takes (X11 protocol, "Connection Setup"
// and QueryExtension; XTEST extension protocol 2.2, XTestFakeInput), so that an event is on its way
// when the call returns and no library is needed. For displays of our own, which ask for no
// authority.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "surface/geometry.h"

namespace lucarne::bench {

class FakeInput {
 public:
  /// `display` as ":7". Throws SetupError. Blocks until the server has answered.
  explicit FakeInput(const std::string& display);

  /// X keycodes (evdev's + 8). Throws SetupError when the server is gone, as does `movePointer`.
  void pressKey(std::uint8_t keycode);
  void releaseKey(std::uint8_t keycode);
  void movePointer(surface::GuestPoint at);
  /// The left button, down and up.
  void click();

 private:
  void fake(std::uint8_t type, std::uint8_t detail, surface::GuestPoint at);

  base::UniqueFd server_;
  std::uint8_t testOpcode_ = 0;
};

}  // namespace lucarne::bench
