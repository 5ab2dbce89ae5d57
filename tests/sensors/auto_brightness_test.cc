// SPDX-License-Identifier: Apache-2.0
#include "sensors/auto_brightness.h"

#include <gtest/gtest.h>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class AutoBrightnessTest : public testing::Test {
 protected:
  AutoBrightnessTest() {
    tree_.put("class/backlight/panel/max_brightness", "200");
    tree_.put("class/backlight/panel/brightness", "100");
    light(100);
    settings_.automatic = true;
    settings_.curve = {{0, 10}, {10000, 100}};
    settings_.holdMinutes = 10;
  }
  void begin() {
    station_ = std::make_unique<Station>(context_, reader_, StationOptions{.sysfs = tree_.root()});
    brightness_ = std::make_unique<AutoBrightness>(context_, *station_, reader_, settings_);
    station_->start();
    pass(seconds(10));
  }
  void pass(base::Duration time) {
    for (base::Duration t{}; t < time; t += milliseconds(40)) {
      clock_.advance(milliseconds(40));
      station_->tick();
      brightness_->tick();
    }
  }
  void light(int lux) {
    tree_.putLight("iio:device0", std::to_string(lux), "1");
  }
  int level() const { return std::stoi(tree_.get("class/backlight/panel/brightness")); }

  FakeTree tree_;
  base::Loop loop_;
  base::ManualClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  DirectReader reader_;
  BacklightSettings settings_;
  std::unique_ptr<Station> station_;
  std::unique_ptr<AutoBrightness> brightness_;
};

TEST(LightCurve, RunsStraightBetweenItsPoints) {
  const LightCurve curve = {{0, 10}, {99, 50}, {9999, 90}};

  EXPECT_DOUBLE_EQ(curvePercent(curve, -5), 10);
  EXPECT_DOUBLE_EQ(curvePercent(curve, 0), 10);
  EXPECT_NEAR(curvePercent(curve, 9), 30, 1e-9);
  EXPECT_NEAR(curvePercent(curve, 999), 70, 1e-9);
  EXPECT_DOUBLE_EQ(curvePercent(curve, 1e9), 90);
}

TEST_F(AutoBrightnessTest, FollowsTheLight) {
  begin();
  light(9999);
  pass(seconds(30));
  EXPECT_GT(level(), 190);

  light(0);
  pass(seconds(30));
  EXPECT_LT(level(), 30);
}

TEST_F(AutoBrightnessTest, GlidesInsteadOfJumping) {
  begin();
  light(0);
  int last = level();
  int largest = 0;
  for (int i = 0; i < 1000; ++i) {
    pass(milliseconds(40));
    largest = std::max(largest, std::abs(level() - last));
    last = level();
  }

  EXPECT_LT(last, 30);
  EXPECT_LE(largest, 40);
}

TEST_F(AutoBrightnessTest, DoesNothingWhenItIsOff) {
  settings_.automatic = false;
  begin();
  light(9999);
  pass(seconds(30));

  EXPECT_EQ(level(), 100);
  EXPECT_EQ(brightness_->mode(), AutoBrightness::Mode::Off);
}

TEST_F(AutoBrightnessTest, AManualSettingHoldsAndEnds) {
  begin();
  ASSERT_TRUE(brightness_->set(35));
  pass(seconds(5));
  EXPECT_EQ(level(), 70);
  EXPECT_EQ(brightness_->mode(), AutoBrightness::Mode::Held);

  light(9999);
  pass(minutes(5));
  EXPECT_EQ(level(), 70);

  pass(minutes(6));
  EXPECT_EQ(brightness_->mode(), AutoBrightness::Mode::Automatic);
  EXPECT_GT(level(), 190);
}

TEST_F(AutoBrightnessTest, ABrightnessKeyIsAManualSettingToo) {
  begin();
  tree_.put("class/backlight/panel/brightness", "33");
  pass(seconds(10));
  light(9999);
  pass(seconds(30));

  EXPECT_EQ(level(), 33);
  EXPECT_EQ(brightness_->mode(), AutoBrightness::Mode::Held);
}

TEST_F(AutoBrightnessTest, NeverDarkensThePanel) {
  begin();
  brightness_->set(0);
  pass(seconds(5));

  EXPECT_EQ(level(), 10);  // the least percent, 5
}

TEST_F(AutoBrightnessTest, SaysThatThereIsNoBacklight) {
  tree_.remove("class/backlight");
  begin();

  EXPECT_FALSE(brightness_->set(50));
}

TEST_F(AutoBrightnessTest, KeepsTheBrightnessWhenTheLightIsUnknown) {
  begin();
  const int before = level();
  tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", "-1");
  pass(seconds(30));

  EXPECT_EQ(level(), before);
}

}  // namespace
}  // namespace lucarne::sensors
