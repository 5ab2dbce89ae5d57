// SPDX-License-Identifier: Apache-2.0
// What a device's frames mean. One per device; the frames come in order.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "input-broker/devices/calibration.h"
#include "input-broker/devices/description.h"
#include "input-broker/events.h"

namespace lucarne::input {

class Interpreter {
 public:
  Interpreter(const Description& description, Calibration calibration, surface::Size panel);

  /// The events of one frame, in order: what ends, what begins, what moved. Borrowed until the next
  /// call.
  const std::vector<Event>& read(const std::vector<RawEvent>& frame);

  /// The events that lift what this device holds, as when it is unplugged: keys and buttons are
  /// released, fingers cancelled, the pen leaves.
  const std::vector<Event>& lift();

 private:
  struct Finger {
    std::int32_t tracking = -1;  // as the device says now
    std::int32_t x = 0;
    std::int32_t y = 0;
    bool changed = false;
    std::int32_t told = -1;  // the finger that was reported as down
    surface::PanelPoint at;
  };

  void note(const RawEvent& event);
  void noteKey(std::uint16_t code, std::int32_t value);
  void noteRelative(std::uint16_t code, std::int32_t value);
  void noteAbsolute(std::uint16_t code, std::int32_t value);
  void finish();
  void finishFingers();
  void finishFinger(std::size_t slot);
  void finishPen();
  surface::PanelPoint place(std::uint16_t xCode, std::uint16_t yCode, std::int32_t x,
                            std::int32_t y) const;

  Description description_;
  Kinds kinds_;
  Calibration calibration_;
  surface::Size panel_;
  std::vector<Event> events_;

  std::bitset<KEY_CNT> keys_;
  std::bitset<SW_CNT> switches_;
  std::int32_t dx_ = 0;
  std::int32_t dy_ = 0;
  std::int32_t wheelX_ = 0;
  std::int32_t wheelY_ = 0;
  std::int32_t wheelFineX_ = 0;
  std::int32_t wheelFineY_ = 0;
  std::map<std::uint16_t, std::int32_t> axes_;
  bool axesChanged_ = false;
  std::vector<Finger> fingers_;
  int slot_ = 0;
  PenChanged pen_;
};

}  // namespace lucarne::input
