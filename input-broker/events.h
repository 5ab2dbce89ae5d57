// SPDX-License-Identifier: Apache-2.0
// What devices mean: the broker's own events, for states, the kiosk and JSON.
//
// Places are pixels of the panel as its hardware counts them; what they mean for a guest whose
// picture is turned, surface::Placement says.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "surface/geometry.h"
#include "surface/input_event.h"

namespace lucarne::input {

using surface::Transition;

/// In device counts, not accelerated.
struct PointerMoved {
  std::int32_t dx = 0;
  std::int32_t dy = 0;
  friend bool operator==(const PointerMoved&, const PointerMoved&) = default;
};
/// An absolute pointer (a virtual machine's tablet).
struct PointerPlaced {
  surface::PanelPoint at;
  friend bool operator==(const PointerPlaced&, const PointerPlaced&) = default;
};
/// BTN_LEFT …
struct ButtonChanged {
  std::uint16_t code = 0;
  Transition transition = Transition::Released;
  friend bool operator==(const ButtonChanged&, const ButtonChanged&) = default;
};
/// In 1/120 of a notch; positive is down and right.
struct WheelTurned {
  std::int32_t dx120 = 0;
  std::int32_t dy120 = 0;
  friend bool operator==(const WheelTurned&, const WheelTurned&) = default;
};
/// A key, special buttons included. Autorepeat is not reported.
struct KeyChanged {
  std::uint16_t code = 0;
  Transition transition = Transition::Released;
  friend bool operator==(const KeyChanged&, const KeyChanged&) = default;
};
struct TouchChanged {
  std::uint8_t slot = 0;
  surface::TouchPhase phase = surface::TouchPhase::Down;
  surface::PanelPoint at;  ///< the last known place for Up and Cancelled
  friend bool operator==(const TouchChanged&, const TouchChanged&) = default;
};
struct PenChanged {
  bool near = false;   ///< in proximity
  bool down = false;   ///< the tip touches
  surface::PanelPoint at;
  std::uint16_t pressure = 0;  ///< 0 … 65535
  std::int16_t tiltX = 0;      ///< degrees, positive: the upper end leans right
  std::int16_t tiltY = 0;      ///< degrees, positive: the upper end leans down
  std::uint8_t buttons = 0;    ///< bit 0 BTN_STYLUS, bit 1 BTN_STYLUS2
  bool eraser = false;
  friend bool operator==(const PenChanged&, const PenChanged&) = default;
};
/// SW_LID, SW_TABLET_MODE …
struct SwitchChanged {
  std::uint16_t code = 0;
  bool on = false;
  friend bool operator==(const SwitchChanged&, const SwitchChanged&) = default;
};

using Event = std::variant<PointerMoved, PointerPlaced, ButtonChanged, WheelTurned, KeyChanged,
                           TouchChanged, PenChanged, SwitchChanged>;

/// "KEY_POWER", "BTN_LEFT", "SW_LID"; "0x2f1" for codes without a name.
std::string nameOfKey(std::uint16_t code);
std::string nameOfSwitch(std::uint16_t code);

}  // namespace lucarne::input
