// SPDX-License-Identifier: Apache-2.0
// What the person in front of the panel is told about the battery: nothing, until it is low.
#pragma once

#include <string>

#include "kiosk/tablet.h"

namespace lucarne::kiosk {

class BatteryWords {
 public:
  /// Once told, it is told until there is so much more: a charge wavers by a percent.
  static constexpr double kHysteresisPercent = 2;

  /// Low is `lowPercent` and below; 0: never.
  explicit BatteryWords(int lowPercent) : lowPercent_(lowPercent) {}

  /// Empty: there is nothing to say. A battery that is being charged, or of which nothing is known,
  /// is not low.
  std::string words(const Tablet& tablet);

 private:
  int lowPercent_;
  bool low_ = false;
};

}  // namespace lucarne::kiosk
