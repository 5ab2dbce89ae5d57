// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/person.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <string>
#include <vector>

namespace lucarne::relay::spice {
namespace {

using surface::Transition;
using testing::ElementsAre;
using testing::IsEmpty;

struct SpicePerson : Inputs, testing::Test {
  void position(surface::GuestPoint at, int buttons) override {
    said.push_back(fmt::format("at {} {} [{}]", at.x, at.y, buttons));
  }
  void motion(int dx, int dy, int buttons) override {
    said.push_back(fmt::format("by {} {} [{}]", dx, dy, buttons));
  }
  void press(int button, int buttons) override {
    said.push_back(fmt::format("press {} [{}]", button, buttons));
  }
  void release(int button, int buttons) override {
    said.push_back(fmt::format("release {} [{}]", button, buttons));
  }
  void key(unsigned scancode, Transition transition) override {
    said.push_back(
        fmt::format("key {:#x} {}", scancode, transition == Transition::Pressed ? "down" : "up"));
  }

  SpicePerson() { person.setPicture({0, 0}, {800, 600}); }

  Person person{*this};
  std::vector<std::string> said;
};

TEST_F(SpicePerson, TellsPlacesInClientMode) {
  person.setMode(MouseMode::Client);

  person.input(surface::PointerMoved{{10, 20}});
  person.input(surface::PointerMoved{{-5, 9999}});

  EXPECT_THAT(said, ElementsAre("at 10 20 [0]", "at 0 599 [0]"));
}

TEST_F(SpicePerson, TellsPlacesOnTheSurfaceWherePictureIsPartOfIt) {
  person.setMode(MouseMode::Client);
  person.setPicture({1024, 0}, {800, 600});

  person.input(surface::PointerMoved{{10, 20}});

  EXPECT_THAT(said, ElementsAre("at 1034 20 [0]"));
}

TEST_F(SpicePerson, TellsMotionInServerMode) {
  person.input(surface::PointerMoved{{10, 20}});
  EXPECT_THAT(said, IsEmpty()) << "where the guest's pointer is, nobody knows";

  person.input(surface::PointerMoved{{13, 18}});

  EXPECT_THAT(said, ElementsAre("by 3 -2 [0]"));
}

TEST_F(SpicePerson, AddsUpMotionOfLessThanAPixel) {
  person.input(surface::PointerNudged{128, 0});
  EXPECT_THAT(said, IsEmpty());

  person.input(surface::PointerNudged{128, -256});

  EXPECT_THAT(said, ElementsAre("by 1 -1 [0]"));
}

TEST_F(SpicePerson, NudgesThePlaceInClientMode) {
  person.setMode(MouseMode::Client);
  person.input(surface::PointerMoved{{10, 20}});

  person.input(surface::PointerNudged{256, 512});

  EXPECT_THAT(said, ElementsAre("at 10 20 [0]", "at 11 22 [0]"));
}

TEST_F(SpicePerson, TellsButtonsWithTheStateOfAll) {
  person.setMode(MouseMode::Client);

  person.input(surface::PointerButton{BTN_LEFT, Transition::Pressed});
  person.input(surface::PointerButton{BTN_RIGHT, Transition::Pressed});
  person.input(surface::PointerMoved{{1, 1}});
  person.input(surface::PointerButton{BTN_LEFT, Transition::Released});
  person.input(surface::PointerButton{BTN_TASK, Transition::Pressed});

  EXPECT_THAT(said, ElementsAre("press 1 [1]", "press 3 [5]", "at 1 1 [5]", "release 1 [4]"));
}

TEST_F(SpicePerson, TurnsTheWheelNotchByNotch) {
  person.input(surface::Wheel{0, 60});
  EXPECT_THAT(said, IsEmpty());

  person.input(surface::Wheel{0, 60});
  person.input(surface::Wheel{0, -120});

  EXPECT_THAT(said, ElementsAre("press 5 [16]", "release 5 [0]", "press 4 [8]", "release 4 [0]"));
}

TEST_F(SpicePerson, TurnsNoFurtherThanAPersonCan) {
  person.input(surface::Wheel{0, INT32_MAX});
  person.input(surface::Wheel{0, INT32_MIN});

  EXPECT_EQ(said.size(), 2u * 2 * 32);
}

TEST_F(SpicePerson, TellsKeysAsXtScanCodes) {
  person.input(surface::Key{KEY_A, Transition::Pressed});
  person.input(surface::Key{KEY_A, Transition::Released});
  person.input(surface::Key{KEY_RIGHTCTRL, Transition::Pressed});
  person.input(surface::Key{KEY_BRIGHTNESSUP, Transition::Pressed});

  EXPECT_THAT(said, ElementsAre("key 0x1e down", "key 0x1e up", "key 0x11d down"))
      << "0xe0 0x1d; a PC keyboard never had the last";
}

TEST_F(SpicePerson, MakesTheFirstFingerTheLeftButton) {
  person.setMode(MouseMode::Client);

  person.input(surface::Touch{0, surface::TouchPhase::Down, {5, 6}, true});
  person.input(surface::Touch{1, surface::TouchPhase::Down, {50, 60}, true});
  person.input(surface::Touch{0, surface::TouchPhase::Up, {}, true});

  EXPECT_THAT(said, ElementsAre("at 5 6 [0]", "press 1 [1]", "release 1 [0]"));
}

TEST_F(SpicePerson, LiftsWhatIsHeld) {
  person.input(surface::Key{KEY_LEFTSHIFT, Transition::Pressed});
  person.input(surface::PointerButton{BTN_LEFT, Transition::Pressed});
  person.input(surface::Touch{3, surface::TouchPhase::Down, {5, 6}, true});
  said.clear();

  person.lift();
  person.lift();

  EXPECT_THAT(said, ElementsAre("key 0x2a up", "release 1 [0]", "release 1 [0]"));
}

TEST_F(SpicePerson, ForgetsWhatAnotherConnectionHeld) {
  person.input(surface::Key{KEY_LEFTSHIFT, Transition::Pressed});
  person.input(surface::PointerButton{BTN_LEFT, Transition::Pressed});
  said.clear();

  person.forget();
  person.lift();
  person.setMode(MouseMode::Client);
  person.input(surface::PointerMoved{{1, 1}});

  EXPECT_THAT(said, ElementsAre("at 1 1 [0]"));
}

}  // namespace
}  // namespace lucarne::relay::spice
