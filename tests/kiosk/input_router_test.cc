// SPDX-License-Identifier: Apache-2.0
#include "kiosk/input_router.h"

#include <linux/input-event-codes.h>

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lucarne::kiosk {
namespace {

using surface::GuestPoint;
using surface::InputEvent;
using surface::Key;
using surface::PointerButton;
using surface::PointerMoved;
using surface::Touch;
using surface::TouchPhase;
using surface::Transition;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr auto kPressed = Transition::Pressed;
constexpr auto kReleased = Transition::Released;

struct Recorder : InputTarget {
  void onGuestInput(const InputEvent& event) override { events.push_back(event); }
  void onChord(Chord chord) override { chords.push_back(chord); }
  std::vector<InputEvent> take() { return std::exchange(events, {}); }
  std::vector<InputEvent> events;
  std::vector<Chord> chords;
};

// A guest of 128 x 80 on a panel of 80 x 128, a quarter clockwise.
surface::Placement quarter() {
  return {{80, 128}, {128, 80}, surface::Rotation::Deg90, surface::ScaleMode::Fit};
}

struct InputRouterTest : ::testing::Test {
  InputRouterTest() { router.setPlacement(quarter()); }
  void press(std::uint16_t code) { router.input(Key{code, kPressed}); }
  void release(std::uint16_t code) { router.input(Key{code, kReleased}); }

  Recorder target;
  InputRouter router{target, Chords::On};
};

TEST_F(InputRouterTest, TurnsThePointerAndFoldsMotionUntilAButton) {
  router.input(PanelPointerMoved{{1, 1}});
  router.input(PanelPointerMoved{{79, 0}});
  router.input(PointerButton{BTN_LEFT, kPressed});
  router.input(PanelPointerMoved{{0, 127}});
  router.flush();

  EXPECT_THAT(target.take(), ElementsAre(PointerMoved{{0, 0}}, PointerButton{BTN_LEFT, kPressed},
                                         PointerMoved{{127, 79}}));
}

TEST_F(InputRouterTest, KeepsKeysInTheirOrder) {
  press(KEY_LEFTSHIFT);
  press(KEY_A);
  release(KEY_A);
  release(KEY_LEFTSHIFT);

  EXPECT_THAT(target.take(), ElementsAre(Key{KEY_LEFTSHIFT, kPressed}, Key{KEY_A, kPressed},
                                         Key{KEY_A, kReleased}, Key{KEY_LEFTSHIFT, kReleased}));
}

TEST_F(InputRouterTest, DropsRepeats) {
  press(KEY_A);
  press(KEY_A);

  EXPECT_THAT(target.take(), ElementsAre(Key{KEY_A, kPressed}));
}

TEST_F(InputRouterTest, LiftsEverythingThatIsDown) {
  press(KEY_A);
  router.input(PanelPointerMoved{{10, 10}});
  router.input(PointerButton{BTN_RIGHT, kPressed});
  router.input(PanelTouch{2, TouchPhase::Down, {20, 20}});
  target.take();

  router.liftAll();

  EXPECT_THAT(target.take(),
              UnorderedElementsAre(Key{KEY_A, kReleased}, PointerButton{BTN_RIGHT, kReleased},
                                   Touch{2, TouchPhase::Cancelled, {}, true}));
}

TEST_F(InputRouterTest, KeepsAReleaseFromAGuestThatNeverSawThePress) {
  press(KEY_A);
  router.input(PanelTouch{0, TouchPhase::Down, {20, 20}});
  router.liftAll();
  target.take();

  release(KEY_A);
  router.input(PanelTouch{0, TouchPhase::Moved, {21, 20}});
  router.input(PanelTouch{0, TouchPhase::Up, {21, 20}});

  EXPECT_THAT(target.take(), IsEmpty());
}

TEST_F(InputRouterTest, KeepsAChordsKeyFromTheGuestAndLetsItsModifiersGo) {
  press(KEY_LEFTCTRL);
  press(KEY_LEFTALT);
  press(KEY_R);
  release(KEY_R);
  release(KEY_LEFTALT);
  release(KEY_LEFTCTRL);

  EXPECT_THAT(target.chords, ElementsAre(Chord::Rotate));
  EXPECT_THAT(target.take(),
              ElementsAre(Key{KEY_LEFTCTRL, kPressed}, Key{KEY_LEFTALT, kPressed},
                          Key{KEY_LEFTALT, kReleased}, Key{KEY_LEFTCTRL, kReleased}));
}

TEST_F(InputRouterTest, HearsAChordOncePerPress) {
  press(KEY_RIGHTCTRL);
  press(KEY_LEFTALT);
  press(KEY_RIGHT);
  press(KEY_RIGHT);
  release(KEY_RIGHT);
  press(KEY_LEFT);
  press(KEY_S);

  EXPECT_THAT(target.chords, ElementsAre(Chord::NextGuest, Chord::PreviousGuest, Chord::Screenshot));
}

TEST_F(InputRouterTest, LetsAltGrAndPlainKeysThrough) {
  press(KEY_LEFTCTRL);
  press(KEY_RIGHTALT);
  press(KEY_R);

  EXPECT_THAT(target.chords, IsEmpty());
  EXPECT_EQ(target.events.back(), InputEvent(Key{KEY_R, kPressed}));
}

TEST(InputRouter, GivesChordsToTheGuestWhenTheyAreOff) {
  Recorder target;
  InputRouter router(target, Chords::Off);
  router.setPlacement(quarter());

  for (const std::uint16_t code : {KEY_LEFTCTRL, KEY_LEFTALT, KEY_R}) {
    router.input(Key{code, kPressed});
  }

  EXPECT_THAT(target.chords, IsEmpty());
  EXPECT_EQ(target.events.back(), InputEvent(Key{KEY_R, kPressed}));
}

TEST(InputRouter, HearsOnlyChordsWithoutAGuest) {
  Recorder target;
  InputRouter router(target, Chords::On);

  router.input(PanelPointerMoved{{10, 10}});
  router.input(PointerButton{BTN_LEFT, kPressed});
  router.input(PanelTouch{0, TouchPhase::Down, {20, 20}});
  for (const std::uint16_t code : {KEY_LEFTCTRL, KEY_LEFTALT, KEY_R}) {
    router.input(Key{code, kPressed});
  }
  router.flush();

  EXPECT_THAT(target.events, IsEmpty());
  EXPECT_THAT(target.chords, ElementsAre(Chord::Rotate));
}

TEST(InputRouter, IgnoresPressesBesideThePictureButNotReleasesThere) {
  Recorder target;
  InputRouter router(target, Chords::On);
  // Fifty columns of bar at the left and at the right.
  router.setPlacement({{200, 100}, {100, 100}, surface::Rotation::Deg0, surface::ScaleMode::None});

  router.input(PanelPointerMoved{{10, 50}});
  router.input(PointerButton{BTN_LEFT, kPressed});
  router.input(PointerButton{BTN_LEFT, kReleased});
  router.input(surface::Wheel{0, 120});
  router.input(PanelTouch{0, TouchPhase::Down, {10, 50}});
  router.input(PanelTouch{0, TouchPhase::Moved, {60, 50}});
  EXPECT_THAT(target.take(), IsEmpty());

  router.input(PanelPointerMoved{{60, 50}});
  router.input(PointerButton{BTN_LEFT, kPressed});
  router.input(PanelPointerMoved{{10, 50}});
  router.input(PointerButton{BTN_LEFT, kReleased});
  EXPECT_THAT(target.take(), ElementsAre(PointerMoved{{10, 50}}, PointerButton{BTN_LEFT, kPressed},
                                         PointerMoved{{0, 50}}, PointerButton{BTN_LEFT, kReleased}));
}

TEST_F(InputRouterTest, FollowsAFingerWithTurnedPlaces) {
  router.input(PanelTouch{3, TouchPhase::Down, {79, 0}});
  router.input(PanelTouch{3, TouchPhase::Moved, {79, 127}});
  router.input(PanelTouch{3, TouchPhase::Up, {79, 127}});

  EXPECT_THAT(target.take(), ElementsAre(Touch{3, TouchPhase::Down, {0, 0}, true},
                                         Touch{3, TouchPhase::Moved, {127, 0}, true},
                                         Touch{3, TouchPhase::Up, {127, 0}, true}));
}

}  // namespace
}  // namespace lucarne::kiosk
