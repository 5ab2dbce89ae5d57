// SPDX-License-Identifier: Apache-2.0
#include "input-broker/inject/virtual_device.h"

#include <gtest/gtest.h>

namespace lucarne::input {
namespace {

using Frames = std::vector<std::vector<RawEvent>>;

struct Recorder {
  Frames frames;
  bool open = true;
  SinkCallbacks callbacks;

  class Sink final : public DeviceSink {
   public:
    explicit Sink(Recorder& to) : to_(to) {}
    void emit(const std::vector<RawEvent>& events) override { to_.frames.push_back(events); }
    bool open() const override { return to_.open; }

   private:
    Recorder& to_;
  };
  std::unique_ptr<VirtualDevice> make(const Description& d) {
    auto device = VirtualDevice::create(
        d,
        [this](const Description&, SinkCallbacks c) -> base::Result<std::unique_ptr<DeviceSink>> {
          callbacks = std::move(c);
          return std::unique_ptr<DeviceSink>(std::make_unique<Sink>(*this));
        },
        {});
    return std::move(*device);
  }
};

Description panel() {
  Description d{.name = "Panel"};
  d.properties.set(INPUT_PROP_DIRECT);
  d.keys.set(BTN_TOUCH);
  d.axes = {{ABS_MT_SLOT, 0, 9}, {ABS_MT_POSITION_X, 0, 1279}, {ABS_MT_POSITION_Y, 0, 799},
            {ABS_MT_TRACKING_ID, 0, 65535}};
  return d;
}

TEST(VirtualDevice, PassesOnWhatItHas) {
  Recorder recorder;
  const auto device = recorder.make(panel());
  const std::vector<RawEvent> frame{{EV_ABS, ABS_MT_SLOT, 3}, {EV_ABS, ABS_MT_TRACKING_ID, 5},
                                    {EV_KEY, BTN_TOUCH, 1}};

  device->take(frame);

  EXPECT_EQ(recorder.frames, Frames{frame});
}

TEST(VirtualDevice, DropsWhatItDoesNotHave) {
  Recorder recorder;
  const auto device = recorder.make(panel());

  device->take({{EV_KEY, KEY_POWER, 1}, {EV_REL, REL_X, 5}, {EV_SW, SW_LID, 1}, {EV_LED, 0, 1},
                {EV_SYN, SYN_REPORT, 0}, {EV_ABS, ABS_X, 1}, {77, 1, 1}, {EV_KEY, 0xffff, 1}});

  EXPECT_TRUE(recorder.frames.empty());
  EXPECT_EQ(device->dropped(), 8U);
}

TEST(VirtualDevice, BringsValuesIntoTheirRange) {
  Recorder recorder;
  const auto device = recorder.make(panel());

  device->take({{EV_ABS, ABS_MT_POSITION_X, 99999}, {EV_ABS, ABS_MT_TRACKING_ID, -99}, {EV_KEY, BTN_TOUCH, -4}});

  EXPECT_EQ(recorder.frames, (Frames{{{EV_ABS, ABS_MT_POSITION_X, 1279},
                                      {EV_ABS, ABS_MT_TRACKING_ID, -1}, {EV_KEY, BTN_TOUCH, 0}}}));
}

TEST(VirtualDevice, FingersOfSlotsThatAreNotThereMoveNoOther) {
  Recorder recorder;
  const auto device = recorder.make(panel());

  device->take({{EV_ABS, ABS_MT_SLOT, 65534}, {EV_ABS, ABS_MT_TRACKING_ID, 5}});

  EXPECT_TRUE(recorder.frames.empty());
}

TEST(VirtualDevice, WaitsUntilSomebodyHasOpenedIt) {
  Recorder recorder;
  recorder.open = false;
  const auto device = recorder.make(panel());
  device->take({{EV_ABS, ABS_MT_TRACKING_ID, 5}});
  device->take({{EV_KEY, BTN_TOUCH, 1}});
  EXPECT_TRUE(recorder.frames.empty());

  recorder.callbacks.onOpened();

  EXPECT_EQ(recorder.frames.size(), 2U);
}

TEST(VirtualDevice, CatchesUpByStateWhenItWaitedTooLong) {
  Recorder recorder;
  recorder.open = false;
  const auto device = recorder.make(panel());
  for (int i = 0; i < 2000; ++i) device->take({{EV_ABS, ABS_MT_TRACKING_ID, i}});

  recorder.callbacks.onOpened();

  ASSERT_LE(recorder.frames.size(), 2U);
  EXPECT_EQ(recorder.frames.back()[1], (RawEvent{EV_ABS, ABS_MT_TRACKING_ID, 1999}));
}

TEST(VirtualDevice, LiftsWhatIsHeld) {
  Recorder recorder;
  const auto device = recorder.make(panel());
  device->take({{EV_ABS, ABS_MT_TRACKING_ID, 5}, {EV_KEY, BTN_TOUCH, 1}});

  device->lift();
  device->lift();

  ASSERT_EQ(recorder.frames.size(), 2U);
  EXPECT_EQ(recorder.frames[1], (std::vector<RawEvent>{{EV_ABS, ABS_MT_SLOT, 0},
                                                       {EV_ABS, ABS_MT_TRACKING_ID, -1},
                                                       {EV_KEY, BTN_TOUCH, 0}}));
}

TEST(VirtualDevice, WhatIsStillHeldAfterAPauseIsHeldAgain) {
  Recorder recorder;
  const auto device = recorder.make(panel());
  device->take({{EV_KEY, BTN_TOUCH, 1}});
  device->pause();
  EXPECT_EQ(recorder.frames.back(), (std::vector<RawEvent>{{EV_KEY, BTN_TOUCH, 0}}));

  device->resume();

  EXPECT_EQ(recorder.frames.back(), (std::vector<RawEvent>{{EV_KEY, BTN_TOUCH, 1}}));
}

TEST(AllowedPart, KeepsAPanelAsItIs) {
  EXPECT_EQ(allowedPart(panel(), Kind::Touchscreen), panel());
}

TEST(AllowedPart, LeavesNothingOfAKindThatIsNotAllowed) {
  EXPECT_TRUE(kindsOf(allowedPart(panel(), Kind::Pointer)).empty());
}

TEST(AllowedPart, TakesTheLettersFromAMouseThatHasThem) {
  Description d{.name = "Combo"};
  for (int code = KEY_Q; code <= KEY_P; ++code) d.keys.set(static_cast<std::size_t>(code));
  d.keys.set(BTN_LEFT);
  d.relatives.set(REL_X);
  d.relatives.set(REL_Y);

  const Description allowed = allowedPart(d, Kind::Pointer);

  EXPECT_EQ(kindsOf(allowed), Kinds(Kind::Pointer));
  EXPECT_FALSE(allowed.keys.test(KEY_Q));
  EXPECT_TRUE(allowed.keys.test(BTN_LEFT));
}

}  // namespace
}  // namespace lucarne::input
