// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/interpreter.h"

#include <gtest/gtest.h>

namespace lucarne::input {
namespace {

using surface::PanelPoint;
using surface::TouchPhase;
using Events = std::vector<Event>;

constexpr surface::Size kPanel{1280, 800};

Description panel() {
  Description d;
  d.properties.set(INPUT_PROP_DIRECT);
  d.keys.set(BTN_TOUCH);
  d.axes = {{ABS_MT_SLOT, 0, 9}, {ABS_MT_POSITION_X, 0, 1279}, {ABS_MT_POSITION_Y, 0, 799},
            {ABS_MT_TRACKING_ID, 0, 65535}};
  return d;
}

Description mouse() {
  Description d;
  for (const int key : {BTN_LEFT, BTN_RIGHT}) d.keys.set(static_cast<std::size_t>(key));
  for (const int axis : {REL_X, REL_Y, REL_WHEEL, REL_WHEEL_HI_RES}) {
    d.relatives.set(static_cast<std::size_t>(axis));
  }
  return d;
}

TEST(Interpreter, FollowsTwoFingersIndependently) {
  Interpreter in(panel(), {}, kPanel);

  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_SLOT, 0}, {EV_ABS, ABS_MT_TRACKING_ID, 7},
                     {EV_ABS, ABS_MT_POSITION_X, 640}, {EV_ABS, ABS_MT_POSITION_Y, 400},
                     {EV_ABS, ABS_MT_SLOT, 1}, {EV_ABS, ABS_MT_TRACKING_ID, 8},
                     {EV_ABS, ABS_MT_POSITION_X, 10}, {EV_ABS, ABS_MT_POSITION_Y, 20},
                     {EV_KEY, BTN_TOUCH, 1}}),
            (Events{TouchChanged{0, TouchPhase::Down, {640, 400}},
                    TouchChanged{1, TouchPhase::Down, {10, 20}}}));
  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_POSITION_X, 11}}),
            (Events{TouchChanged{1, TouchPhase::Moved, {11, 20}}}));
  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_SLOT, 0}, {EV_ABS, ABS_MT_TRACKING_ID, -1}}),
            (Events{TouchChanged{0, TouchPhase::Up, {640, 400}}}));
}

TEST(Interpreter, AFingerThatIsReplacedGoesUpFirst) {
  Interpreter in(panel(), {}, kPanel);
  in.read({{EV_ABS, ABS_MT_TRACKING_ID, 7}, {EV_ABS, ABS_MT_POSITION_X, 1}});

  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_TRACKING_ID, 8}, {EV_ABS, ABS_MT_POSITION_X, 5}}),
            (Events{TouchChanged{0, TouchPhase::Up, {1, 0}},
                    TouchChanged{0, TouchPhase::Down, {5, 0}}}));
}

TEST(Interpreter, ReportsAMousesFineWheelOnce) {
  Interpreter in(mouse(), {}, kPanel);

  EXPECT_EQ(in.read({{EV_REL, REL_WHEEL, -1}, {EV_REL, REL_WHEEL_HI_RES, -120}}),
            (Events{WheelTurned{0, 120}}));
  EXPECT_EQ(in.read({{EV_REL, REL_WHEEL_HI_RES, 15}}), (Events{WheelTurned{0, -15}}));
}

TEST(Interpreter, MovesBeforeItPresses) {
  Interpreter in(mouse(), {}, kPanel);

  EXPECT_EQ(in.read({{EV_KEY, BTN_LEFT, 1}, {EV_REL, REL_X, 3}}),
            (Events{PointerMoved{3, 0}, ButtonChanged{BTN_LEFT, Transition::Pressed}}));
}

TEST(Interpreter, ReportsNoAutorepeat) {
  Description keyboard;
  keyboard.keys.set(KEY_A);
  Interpreter in(keyboard, {}, kPanel);

  EXPECT_EQ(in.read({{EV_KEY, KEY_A, 1}}), (Events{KeyChanged{KEY_A, Transition::Pressed}}));
  EXPECT_EQ(in.read({{EV_KEY, KEY_A, 2}}), Events{});
}

TEST(Interpreter, ReadsAPensPressureAndTilt) {
  Description pen;
  for (const int key : {BTN_TOOL_PEN, BTN_TOUCH, BTN_STYLUS}) pen.keys.set(static_cast<std::size_t>(key));
  pen.axes = {{ABS_X, 0, 12799}, {ABS_Y, 0, 7999}, {ABS_PRESSURE, 0, 4095}, {ABS_TILT_X, -90, 90, 0, 0, 0},
              {ABS_TILT_Y, -90, 90, 0, 0, 57}};
  Interpreter in(pen, {}, kPanel);

  const Events events = in.read({{EV_KEY, BTN_TOOL_PEN, 1}, {EV_KEY, BTN_TOUCH, 1}, {EV_ABS, ABS_X, 6400},
                                 {EV_ABS, ABS_Y, 4000}, {EV_ABS, ABS_PRESSURE, 4095},
                                 {EV_ABS, ABS_TILT_X, -30}, {EV_ABS, ABS_TILT_Y, 57}});

  ASSERT_EQ(events.size(), 1U);
  const PenChanged expected{.near = true, .down = true, .at = {640, 400}, .pressure = 65535,
                            .tiltX = -30, .tiltY = 57, .buttons = 0, .eraser = false};
  EXPECT_EQ(std::get<PenChanged>(events[0]), expected);
}

TEST(Interpreter, LiftsEverythingWhenTheDeviceGoes) {
  Description both = panel();
  both.keys.set(KEY_POWER);
  Interpreter in(both, {}, kPanel);
  in.read({{EV_ABS, ABS_MT_TRACKING_ID, 7}, {EV_ABS, ABS_MT_POSITION_X, 9}, {EV_KEY, BTN_TOUCH, 1},
           {EV_KEY, KEY_POWER, 1}});

  EXPECT_EQ(in.lift(), (Events{TouchChanged{0, TouchPhase::Cancelled, {9, 0}},
                               KeyChanged{KEY_POWER, Transition::Released}}));
  EXPECT_EQ(in.lift(), Events{});
}

TEST(Interpreter, SurvivesSlotsThatAreNotThere) {
  Interpreter in(panel(), {}, kPanel);

  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_SLOT, 65535}, {EV_ABS, ABS_MT_TRACKING_ID, 7}}), Events{});
  EXPECT_EQ(in.read({{EV_ABS, ABS_MT_SLOT, -1}, {EV_ABS, ABS_MT_TRACKING_ID, 7}}), Events{});
}

}  // namespace
}  // namespace lucarne::input
