// SPDX-License-Identifier: Apache-2.0
// What a person does, as a SPICE inputs channel takes it: XT scan codes, places or motion, buttons
// with the state of all buttons.
//
// In client mode the guest has an absolute pointer (a tablet, or its agent) and is told places; in
// server mode it has a mouse and is told motion. SPICE knows no fingers: the first one is the left
// button.
#pragma once

#include <cstdint>

#include "display-relay/sources/touch_pointer.h"
#include "display-relay/sources/wheel_notches.h"
#include "surface/held_input.h"
#include "surface/input_event.h"

namespace lucarne::relay::spice {

/// The inputs channel: spice-gtk's functions of these names, or a test.
class Inputs {
 public:
  virtual ~Inputs() = default;
  virtual void position(surface::GuestPoint at, int buttons) = 0;
  virtual void motion(int dx, int dy, int buttons) = 0;
  /// `button` as in SpiceMouseButton, `buttons` a SpiceMouseButtonMask.
  virtual void press(int button, int buttons) = 0;
  virtual void release(int button, int buttons) = 0;
  /// An XT scan code, with 0x100 in place of the prefix 0xe0.
  virtual void key(unsigned scancode, surface::Transition transition) = 0;
};

enum class MouseMode { Server, Client };

class Person {
 public:
  /// `inputs` outlives it.
  explicit Person(Inputs& inputs) : inputs_(inputs) {}

  void setMode(MouseMode mode);
  MouseMode mode() const { return mode_; }
  /// Where on the server's surface the picture lies, and how large it is.
  void setPicture(surface::GuestPoint origin, surface::Size size);

  void input(const surface::InputEvent& event);
  /// Releases everything that is held.
  void lift();
  /// The connection is new: nothing is held there.
  void forget();

 private:
  void apply(const surface::InputEvent& event);
  void moveTo(surface::GuestPoint at);
  void nudge(const surface::PointerNudged& nudged);
  void press(const surface::PointerButton& button);
  void turn(int notches);
  void key(const surface::Key& key);

  Inputs& inputs_;
  MouseMode mode_ = MouseMode::Server;
  surface::GuestPoint origin_;
  surface::Size size_;
  surface::GuestPoint at_;
  bool placed_ = false;        // at_ is where the person's pointer is, not a guess
  std::int32_t restX256_ = 0;  // motion of less than a pixel
  std::int32_t restY256_ = 0;
  WheelNotches wheelY_;
  int buttons_ = 0;          // SpiceMouseButtonMask
  surface::HeldInput held_;
  TouchPointer touchPointer_;
};

}  // namespace lucarne::relay::spice
