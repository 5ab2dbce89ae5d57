// SPDX-License-Identifier: Apache-2.0
// A device that the broker has, as outlets see it.
#pragma once

#include <string>

#include "input-broker/devices/description.h"

namespace lucarne::input {

struct Device {
  int id = 0;        ///< unique while plugged, below message::kMaxDevices; reused afterwards
  std::string seat;  ///< "seat0"
  std::string node;  ///< "/dev/input/event3"
  Description description;
  Kinds kinds;
};

}  // namespace lucarne::input
