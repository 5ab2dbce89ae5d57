// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/sdl_events.h"

#include <linux/input-event-codes.h>

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kiosk/scancodes.h"

namespace lucarne::kiosk {
namespace {

using surface::Transition;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Recorder : PanelEvents {
  void onPanelInput(const PanelInput& input) override { inputs.push_back(input); }
  void onPanelNudge(int, int) override {}
  void onPanelInputEnd() override {}
  void onPanelFocus(bool focused) override { focus.push_back(focused); }
  void onPanelResized() override { ++resized; }
  void onPanelExposed() override { ++exposed; }
  void onPanelClosed() override { ++closed; }
  std::vector<PanelInput> take() { return std::exchange(inputs, {}); }
  std::vector<PanelInput> inputs;
  std::vector<bool> focus;
  int resized = 0;
  int exposed = 0;
  int closed = 0;
};

struct SdlEventsTest : ::testing::Test {
  SdlEventsTest() { events.setSizes({100, 50}, {200, 100}); }

  void finger(Uint32 type, SDL_FingerID id, float x, float y) {
    SDL_Event event{};
    event.type = type;
    event.tfinger.touchId = 7;
    event.tfinger.fingerId = id;
    event.tfinger.x = x;
    event.tfinger.y = y;
    events.translate(event);
  }
  void window(Uint8 what) {
    SDL_Event event{};
    event.type = SDL_WINDOWEVENT;
    event.window.event = what;
    events.translate(event);
  }

  Recorder recorder;
  SdlEvents events{recorder};
};

TEST_F(SdlEventsTest, CountsTheMouseInPanelPixels) {
  SDL_Event event{};
  event.type = SDL_MOUSEMOTION;
  event.motion.x = 10;
  event.motion.y = 49;

  events.translate(event);
  events.setSizes({100, 50}, {100, 50});
  events.translate(event);
  event.motion.x = -1;
  events.translate(event);

  EXPECT_THAT(recorder.take(), ElementsAre(PanelPointerMoved{{21, 99}}, PanelPointerMoved{{10, 49}},
                                           PanelPointerMoved{{-1, 49}}));
}

TEST_F(SdlEventsTest, MovesThePointerToWhereAButtonWasPressed) {
  SDL_Event event{};
  event.type = SDL_MOUSEBUTTONDOWN;
  event.button.button = SDL_BUTTON_RIGHT;
  event.button.state = SDL_PRESSED;
  event.button.x = 0;
  event.button.y = 0;

  events.translate(event);

  EXPECT_THAT(recorder.take(),
              ElementsAre(PanelPointerMoved{{1, 1}},
                          surface::PointerButton{BTN_RIGHT, Transition::Pressed}));
}

TEST_F(SdlEventsTest, IgnoresAMouseThatIsAFinger) {
  SDL_Event event{};
  event.type = SDL_MOUSEMOTION;
  event.motion.which = SDL_TOUCH_MOUSEID;
  events.translate(event);
  event.type = SDL_MOUSEBUTTONDOWN;
  event.button.which = SDL_TOUCH_MOUSEID;
  event.button.button = SDL_BUTTON_LEFT;
  events.translate(event);

  EXPECT_THAT(recorder.take(), IsEmpty());
}

TEST_F(SdlEventsTest, KeepsAWheelsFractionsAndCountsDownAsPositive) {
  SDL_Event event{};
  event.type = SDL_MOUSEWHEEL;
  event.wheel.preciseX = 0.25F;
  event.wheel.preciseY = -1.5F;

  events.translate(event);

  EXPECT_THAT(recorder.take(), ElementsAre(surface::Wheel{30, 180}));
}

TEST_F(SdlEventsTest, DropsKeyRepeatsAndKeysWithoutACode) {
  SDL_Event event{};
  event.type = SDL_KEYDOWN;
  event.key.state = SDL_PRESSED;
  event.key.keysym.scancode = SDL_SCANCODE_Q;
  events.translate(event);
  event.key.repeat = 1;
  events.translate(event);
  event.key.repeat = 0;
  event.key.keysym.scancode = SDL_SCANCODE_UNKNOWN;
  events.translate(event);

  EXPECT_THAT(recorder.take(), ElementsAre(surface::Key{KEY_Q, Transition::Pressed}));
}

TEST_F(SdlEventsTest, GivesEachFingerASlotOfItsOwnAndFreesItOnUp) {
  finger(SDL_FINGERDOWN, 100, 0.F, 0.F);
  finger(SDL_FINGERDOWN, 200, 1.F, 1.F);
  finger(SDL_FINGERUP, 100, 0.5F, 0.5F);
  finger(SDL_FINGERDOWN, 300, 0.25F, 0.25F);

  using surface::TouchPhase;
  EXPECT_THAT(recorder.take(), ElementsAre(PanelTouch{0, TouchPhase::Down, {0, 0}},
                                           PanelTouch{1, TouchPhase::Down, {199, 99}},
                                           PanelTouch{0, TouchPhase::Up, {100, 50}},
                                           PanelTouch{0, TouchPhase::Down, {50, 25}}));
}

TEST_F(SdlEventsTest, IgnoresFingersItDoesNotKnowAndOnesTooMany) {
  finger(SDL_FINGERMOTION, 1, 0, 0);
  finger(SDL_FINGERUP, 1, 0, 0);
  EXPECT_THAT(recorder.take(), IsEmpty());

  for (SDL_FingerID id = 0; id < surface::kMaxTouchSlots + 3; ++id) finger(SDL_FINGERDOWN, id, 0, 0);
  EXPECT_EQ(recorder.take().size(), static_cast<std::size_t>(surface::kMaxTouchSlots));
}

TEST_F(SdlEventsTest, CancelsFingersWhenTheFocusGoes) {
  finger(SDL_FINGERDOWN, 5, 0.5F, 0.5F);
  recorder.take();

  window(SDL_WINDOWEVENT_FOCUS_LOST);
  finger(SDL_FINGERUP, 5, 0.5F, 0.5F);

  EXPECT_THAT(recorder.take(),
              ElementsAre(PanelTouch{0, surface::TouchPhase::Cancelled, {100, 50}}));
  EXPECT_THAT(recorder.focus, ElementsAre(false));
}

TEST_F(SdlEventsTest, TellsResizeExposureAndClose) {
  window(SDL_WINDOWEVENT_SIZE_CHANGED);
  window(SDL_WINDOWEVENT_EXPOSED);
  window(SDL_WINDOWEVENT_CLOSE);

  EXPECT_EQ(recorder.resized, 1);
  EXPECT_EQ(recorder.exposed, 1);
  EXPECT_EQ(recorder.closed, 1);
}

TEST(Scancodes, NamePlacesAndNotLetters) {
  EXPECT_EQ(evdevOf(SDL_SCANCODE_A), KEY_A);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_Z), KEY_Z);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_0), KEY_0);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_NONUSBACKSLASH), KEY_102ND);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_KP_ENTER), KEY_KPENTER);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_RALT), KEY_RIGHTALT);
  EXPECT_EQ(evdevOf(SDL_SCANCODE_UNKNOWN), std::nullopt);
  EXPECT_EQ(evdevOf(static_cast<SDL_Scancode>(-1)), std::nullopt);
  EXPECT_EQ(evdevOf(SDL_NUM_SCANCODES), std::nullopt);
}

TEST(Scancodes, GiveEveryKeyOfAnOrdinaryKeyboardACode) {
  for (int code = SDL_SCANCODE_A; code <= SDL_SCANCODE_KP_EQUALS; ++code) {
    EXPECT_TRUE(evdevOf(static_cast<SDL_Scancode>(code))) << code;
  }
  for (int code = SDL_SCANCODE_LCTRL; code <= SDL_SCANCODE_RGUI; ++code) {
    EXPECT_TRUE(evdevOf(static_cast<SDL_Scancode>(code))) << code;
  }
}

}  // namespace
}  // namespace lucarne::kiosk
