// SPDX-License-Identifier: Apache-2.0
// Keys, buttons, wheel and pointer on their way to an X server (XTEST). It knows no fingers: the first
// one is the pointer.
#pragma once

#include <cstdint>

#include "display-relay/sources/touch_pointer.h"
#include "display-relay/sources/wheel_notches.h"
#include "display-relay/sources/x11/server.h"
#include "surface/held_input.h"

namespace lucarne::relay::x11 {

class Person {
 public:
  /// `server` outlives it. Lifts what was left held at the server by whoever was here before.
  Person(Server& server, const Acquaintance& x);

  /// Sends; only `Server::flush` is left to do.
  void input(const surface::InputEvent& event);
  /// Lifts everything that is held.
  void lift();

 private:
  void send(const surface::InputEvent& event);
  void fake(std::uint8_t type, std::uint8_t detail, int x = 0, int y = 0);
  void click(int notches, std::uint8_t negative, std::uint8_t positive);

  Server& server_;
  xcb_window_t root_;
  bool takesInput_;
  KeyTable keys_;
  surface::HeldInput held_;
  TouchPointer touch_;
  WheelNotches wheelX_;
  WheelNotches wheelY_;
  std::int32_t restX256_ = 0;  // motion of less than a pixel
  std::int32_t restY256_ = 0;
};

}  // namespace lucarne::relay::x11
