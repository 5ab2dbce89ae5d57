// SPDX-License-Identifier: Apache-2.0
// What is held, and where, on one seat: what XenStore and new listeners are told.
//
// Places are pixels of the guest whose picture covers the panel (its size is the panel's, turned).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>

#include "input-broker/config.h"
#include "input-broker/devices/device.h"
#include "input-broker/events.h"
#include "surface/placement.h"

namespace lucarne::input {

class SeatState {
 public:
  struct Finger {
    int device = -1;  ///< -1: up
    std::uint8_t deviceSlot = 0;
    surface::GuestPoint at;  ///< the last one when up
  };
  struct Button {
    bool held = false;
    std::uint64_t presses = 0;  ///< since the broker started
  };

  SeatState(surface::Size panel, surface::Rotation rotation);

  /// Takes an event in. For touches it answers the seat's slot: the fingers of several panels are
  /// counted together; -1 when there are more than kMaxTouchSlots, or for other events.
  int note(const Device& device, const Event& event);

  /// The picture is turned: places are counted anew.
  void turn(surface::Size panel, surface::Rotation rotation);

  /// The guest that covers the panel.
  surface::Size screen() const { return placement_.guest(); }
  surface::GuestPoint toGuest(surface::PanelPoint at) const { return placement_.toGuest(at).at; }

  surface::GuestPoint pointer() const { return pointer_; }
  const std::bitset<KEY_CNT>& buttons() const { return pointerButtons_; }
  const std::array<Finger, surface::kMaxTouchSlots>& fingers() const { return fingers_; }
  /// Keys and special buttons, by code.
  const std::map<std::uint16_t, Button>& keys() const { return keys_; }
  const PenChanged& pen() const { return pen_; }
  surface::GuestPoint penAt() const { return toGuest(pen_.at); }
  const std::map<std::uint16_t, bool>& switches() const { return switches_; }
  /// Sum of the wheel's turns since the start, in 1/120 of a notch.
  std::int64_t wheelX() const { return wheelX_; }
  std::int64_t wheelY() const { return wheelY_; }

 private:
  void on(const Device&, const PointerMoved& e);
  void on(const Device&, const PointerPlaced& e);
  void on(const Device&, const ButtonChanged& e);
  void on(const Device&, const WheelTurned& e);
  void on(const Device&, const KeyChanged& e);
  void on(const Device&, const PenChanged& e);
  void on(const Device&, const SwitchChanged& e);
  int onTouch(const Device& device, const TouchChanged& e);

  surface::Placement placement_;
  surface::GuestPoint pointer_;
  std::bitset<KEY_CNT> pointerButtons_;
  std::array<Finger, surface::kMaxTouchSlots> fingers_{};
  std::map<std::uint16_t, Button> keys_;
  PenChanged pen_;
  std::map<std::uint16_t, bool> switches_;
  std::int64_t wheelX_ = 0;
  std::int64_t wheelY_ = 0;
};

}  // namespace lucarne::input
