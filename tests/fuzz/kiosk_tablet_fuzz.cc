// SPDX-License-Identifier: Apache-2.0
// What the kiosk reads in XenStore, and a guest's name on its way into a XenStore path.
#include <cstddef>
#include <cstdint>
#include <string>

#include "kiosk/battery_words.h"
#include "kiosk/display_publisher.h"
#include "kiosk/tablet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne::kiosk;
  const std::string text(reinterpret_cast<const char*>(data), size);

  Tablet tablet;
  tablet.rotation = parseRotation(text);
  tablet.percent = parsePercent(text);
  tablet.discharging = size % 2 == 0;
  if (tablet.percent && !(*tablet.percent >= 0 && *tablet.percent <= 100)) __builtin_trap();
  BatteryWords words(50);
  if (words.words(tablet).size() > 100) __builtin_trap();

  const std::string node = displayNode(text);
  if (node.empty() || node.size() > 64 || node == "serial" || node == "heartbeat") {
    __builtin_trap();
  }
  if (node.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
      std::string::npos) {
    __builtin_trap();
  }
  return 0;
}
