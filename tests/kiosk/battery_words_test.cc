// SPDX-License-Identifier: Apache-2.0
#include "kiosk/battery_words.h"

#include <gtest/gtest.h>

namespace lucarne::kiosk {
namespace {

Tablet at(double percent) { return {.rotation = {}, .percent = percent, .discharging = true}; }

TEST(BatteryWords, SayNothingUntilItIsLow) {
  BatteryWords battery(10);

  EXPECT_EQ(battery.words(at(10.4)), "");
  EXPECT_EQ(battery.words(at(10)), "Battery low: 10 %. Plug it in");
  EXPECT_EQ(battery.words(at(3.2)), "Battery low: 3 %. Plug it in");
}

TEST(BatteryWords, DoNotFlicker) {
  BatteryWords battery(10);
  battery.words(at(9.9));

  EXPECT_NE(battery.words(at(11.5)), "");
  EXPECT_EQ(battery.words(at(12.1)), "");
  EXPECT_EQ(battery.words(at(11.5)), "");
}

TEST(BatteryWords, SayNothingOnMainsOrOfWhatIsNotKnown) {
  BatteryWords battery(10);

  EXPECT_EQ(battery.words({.rotation = {}, .percent = 4, .discharging = false}), "");
  EXPECT_EQ(battery.words({.rotation = {}, .percent = {}, .discharging = true}), "");
}

TEST(BatteryWords, CanBeSwitchedOff) {
  BatteryWords battery(0);

  EXPECT_EQ(battery.words(at(0)), "");
}

TEST(TabletText, IsARotationOrNothing) {
  EXPECT_EQ(parseRotation("270"), surface::Rotation::Deg270);
  for (const char* text : {"", "45", "90 ", "-90", "90.0", "unknown", "99999999999999999999"}) {
    EXPECT_FALSE(parseRotation(text)) << text;
  }
}

TEST(TabletText, IsAPercentOrNothing) {
  EXPECT_EQ(parsePercent("81.5"), 81.5);
  EXPECT_EQ(parsePercent("0"), 0);
  for (const char* text : {"", "-1", "100.1", "nan", "inf", "1e9", "5 %", "unknown"}) {
    EXPECT_FALSE(parsePercent(text)) << text;
  }
}

}  // namespace
}  // namespace lucarne::kiosk
