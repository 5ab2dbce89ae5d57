// SPDX-License-Identifier: Apache-2.0
// Events and states as JSON, one object a line: what programs in other languages read
// (docs/input-json.md). Places are pixels of the guest; `t` is in microseconds since the listener
// came.
#pragma once

#include <cstdint>
#include <string>

#include "input-broker/devices/device.h"
#include "input-broker/events.h"
#include "input-broker/seat_state.h"

namespace lucarne::input::json {

inline constexpr int kVersion = 1;

std::string hello();
std::string device(const Device& device);
std::string gone(const Device& device);
/// `state` includes the event already.
std::string event(const Device& device, const Event& event, const SeatState& state,
                  std::int64_t microseconds);
std::string state(const std::string& seat, const SeatState& state, std::int64_t microseconds);

}  // namespace lucarne::input::json
