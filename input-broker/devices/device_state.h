// SPDX-License-Identifier: Apache-2.0
// What a device reports now: keys held, axes, fingers, switches. For catching up by state after a
// gap (the difference between what somebody was told and what is), and for lifting everything.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "input-broker/devices/description.h"

namespace lucarne::input {

class DeviceState {
 public:
  /// Everything up, axes unknown.
  explicit DeviceState(const Description& description);

  /// Notes what an event or a frame changes. Events that the device cannot report are ignored.
  void note(const RawEvent& event);
  void note(const std::vector<RawEvent>& events);

  bool anythingHeld() const;
  bool held(std::uint16_t key) const { return key < KEY_CNT && keys_.test(key); }

  /// The events that lead from this state to `wanted`, as at most three frames: what is over first
  /// (a finger that was replaced by another must lift in between), then what begins or moved.
  /// Empty when nothing differs.
  std::vector<std::vector<RawEvent>> eventsTo(const DeviceState& wanted) const;
  /// The frame that lifts everything held; empty when nothing is. Switches and axes stay.
  std::vector<RawEvent> lifting() const;

 private:
  struct Slot {
    std::int32_t tracking = -1;
    std::map<std::uint16_t, std::int32_t> axes;
    friend bool operator==(const Slot&, const Slot&) = default;
  };

  void endsBefore(const DeviceState& wanted, std::vector<RawEvent>& out) const;
  void beginsOf(const DeviceState& wanted, std::vector<RawEvent>& out) const;
  void slotChanges(const DeviceState& wanted, std::vector<RawEvent>& out) const;

  std::bitset<KEY_CNT> known_;  // keys that it can report
  std::bitset<KEY_CNT> keys_;
  std::bitset<SW_CNT> switches_;
  std::map<std::uint16_t, std::int32_t> axes_;
  std::vector<Slot> slots_;
  int slot_ = 0;  // that ABS_MT_… events are about
};

}  // namespace lucarne::input
