// SPDX-License-Identifier: Apache-2.0
// Pointer and wheel on their way to an RFB server, which knows one pointer with a mask of
// buttons (RFC 6143, 7.5.5).
//
// Motion may be held back while the line is full: only the newest place matters. A button never
// is, and never overtakes the motion before it.
#pragma once

#include <cstdint>
#include <optional>

#include "display-relay/sources/rfb/client_messages.h"
#include "display-relay/sources/rfb/server_messages.h"
#include "display-relay/sources/wheel_notches.h"
#include "surface/input_event.h"

namespace lucarne::relay::rfb {

enum class Line { Free, Full };

class Pointer {
 public:
  void setMode(PointerMode mode);
  /// The server takes buttons 8 and 9.
  void setExtended() { extended_ = true; }
  /// Places are cut to this size.
  void setSize(surface::Size size) { size_ = size; }

  void move(const surface::PointerMoved& moved, Line line, Outgoing& out);
  void nudge(const surface::PointerNudged& nudged, Line line, Outgoing& out);
  /// A release of what was not pressed here is told all the same: a connection before this one may
  /// have pressed it and been cut off, and servers do not lift a button by themselves.
  void press(const surface::PointerButton& button, Outgoing& out);
  void roll(const surface::Wheel& wheel, Outgoing& out);

  /// Sends motion that was held back.
  void flush(Outgoing& out);
  /// Releases every button.
  void lift(Outgoing& out);

  surface::GuestPoint place() const { return at_; }
  PointerMode mode() const { return mode_; }

 private:
  void goTo(surface::GuestPoint at, Line line, Outgoing& out);
  void setButtons(std::uint16_t buttons, Outgoing& out);
  void click(int notches, std::uint16_t negative, std::uint16_t positive, Outgoing& out);
  void send(Outgoing& out);

  PointerMode mode_ = PointerMode::Absolute;
  bool extended_ = false;
  surface::Size size_;
  surface::GuestPoint at_;
  bool placed_ = false;         // at_ is where the person's pointer is, not a guess
  std::int32_t dx_ = 0;         // motion that was not sent yet (relative)
  std::int32_t dy_ = 0;
  std::int32_t restX256_ = 0;   // motion of less than a pixel
  std::int32_t restY256_ = 0;
  bool moved_ = false;          // there is motion that was not sent yet
  std::uint16_t codesDown_ = 0;  // bit n: BTN_LEFT + n is held
  std::uint16_t sent_ = 0;       // the mask the server knows
  WheelNotches wheelX_;
  WheelNotches wheelY_;
};

}  // namespace lucarne::relay::rfb
