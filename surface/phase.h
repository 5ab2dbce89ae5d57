// SPDX-License-Identifier: Apache-2.0
// What a person is told about a guest beside its picture.
#pragma once

#include <cstdint>

namespace lucarne::surface {

/// Where the way to the guest stands; shown to the person in words.
enum class Phase : std::uint8_t {
  Waiting = 0,  ///< no picture yet
  Live = 1,     ///< the picture is the guest's
  Lost = 2,     ///< the guest or the line is gone; the last picture stays, we are reconnecting
};

/// Lock lights of the guest's keyboard, bits as in EV_LED: 0 Num, 1 Caps, 2 Scroll.
using Leds = std::uint8_t;

}  // namespace lucarne::surface
