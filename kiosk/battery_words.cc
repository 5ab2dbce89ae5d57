// SPDX-License-Identifier: Apache-2.0
#include "kiosk/battery_words.h"

#include <fmt/format.h>

namespace lucarne::kiosk {

std::string BatteryWords::words(const Tablet& tablet) {
  const double limit = lowPercent_ + (low_ ? kHysteresisPercent : 0);
  low_ = lowPercent_ > 0 && tablet.discharging && tablet.percent && *tablet.percent <= limit;
  return low_ ? fmt::format("Battery low: {:.0f} %. Plug it in", *tablet.percent) : std::string();
}

}  // namespace lucarne::kiosk
