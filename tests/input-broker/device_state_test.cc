// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/device_state.h"

#include <gtest/gtest.h>

namespace lucarne::input {
namespace {

Description panel(int slots = 3) {
  Description d;
  d.keys.set(BTN_TOUCH);
  d.keys.set(KEY_A);
  d.keys.set(KEY_B);
  d.axes = {{ABS_MT_SLOT, 0, slots - 1}, {ABS_MT_POSITION_X, 0, 99}, {ABS_MT_POSITION_Y, 0, 99},
            {ABS_MT_TRACKING_ID, 0, 65535}};
  return d;
}

/// Plays what leads from one state to the other and says whether nothing is missing.
void expectLeadsTo(const DeviceState& from, const DeviceState& to) {
  DeviceState played = from;
  for (const auto& frame : from.eventsTo(to)) played.note(frame);
  EXPECT_TRUE(played.eventsTo(to).empty());
}

TEST(DeviceState, NothingLeadsToItself) {
  DeviceState state(panel());
  state.note({EV_KEY, KEY_A, 1});

  EXPECT_TRUE(state.eventsTo(state).empty());
}

TEST(DeviceState, ReleasesAndPressesWhatChanged) {
  DeviceState told(panel());
  told.note({EV_KEY, KEY_A, 1});
  DeviceState now(panel());
  now.note({EV_KEY, KEY_B, 1});

  const auto frames = told.eventsTo(now);

  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0], (std::vector<RawEvent>{{EV_KEY, KEY_A, 0}}));
  EXPECT_EQ(frames[1], (std::vector<RawEvent>{{EV_KEY, KEY_B, 1}}));
}

TEST(DeviceState, AFingerThatBecameAnotherLiftsInBetween) {
  DeviceState told(panel());
  told.note({{EV_ABS, ABS_MT_SLOT, 1}, {EV_ABS, ABS_MT_TRACKING_ID, 5}, {EV_ABS, ABS_MT_POSITION_X, 10}});
  DeviceState now = told;
  now.note({{EV_ABS, ABS_MT_TRACKING_ID, -1}, {EV_ABS, ABS_MT_TRACKING_ID, 6}, {EV_ABS, ABS_MT_POSITION_X, 20}});

  const auto frames = told.eventsTo(now);

  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0][1], (RawEvent{EV_ABS, ABS_MT_TRACKING_ID, -1}));
  EXPECT_EQ(frames[1][1], (RawEvent{EV_ABS, ABS_MT_TRACKING_ID, 6}));
  expectLeadsTo(told, now);
}

TEST(DeviceState, LiftsEverythingThatIsHeld) {
  DeviceState state(panel());
  state.note({{EV_KEY, KEY_A, 1}, {EV_KEY, BTN_TOUCH, 1}, {EV_ABS, ABS_MT_SLOT, 2}, {EV_ABS, ABS_MT_TRACKING_ID, 9}});
  EXPECT_TRUE(state.anythingHeld());

  state.note(state.lifting());

  EXPECT_FALSE(state.anythingHeld());
}

TEST(DeviceState, IgnoresSlotsItDoesNotHave) {
  DeviceState state(panel());

  state.note({{EV_ABS, ABS_MT_SLOT, 60000}, {EV_ABS, ABS_MT_TRACKING_ID, 1},
              {EV_ABS, ABS_MT_SLOT, -7}, {EV_ABS, ABS_MT_TRACKING_ID, 1}});

  EXPECT_FALSE(state.anythingHeld());
}

TEST(DeviceState, LeadsBetweenAnyTwoStates) {
  std::uint32_t random = 12345;
  const auto next = [&](std::uint32_t below) {
    random = random * 1664525 + 1013904223;
    return static_cast<std::int32_t>((random >> 8) % below);
  };
  const auto scramble = [&](DeviceState& state) {
    for (int i = 0; i < 30; ++i) {
      state.note({EV_ABS, ABS_MT_SLOT, next(3)});
      state.note({EV_ABS, ABS_MT_TRACKING_ID, next(4) - 1});
      state.note({EV_ABS, ABS_MT_POSITION_X, next(100)});
      state.note({EV_KEY, static_cast<std::uint16_t>(next(2) != 0 ? KEY_A : KEY_B), next(2)});
    }
  };
  for (int round = 0; round < 300; ++round) {
    DeviceState from(panel());
    DeviceState to(panel());
    scramble(from);
    scramble(to);

    expectLeadsTo(from, to);
  }
}

}  // namespace
}  // namespace lucarne::input
