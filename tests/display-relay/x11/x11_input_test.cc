// SPDX-License-Identifier: Apache-2.0
// The X11 source's input as a program in the guest hears it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <xkbcommon/xkbcommon-x11.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "display-relay/sources/x11/xkb_protocol.h"
#include "tests/display-relay/x11/x11_bench.h"

namespace lucarne::relay {
namespace {

using std::chrono::milliseconds;
using surface::Transition;
using testing::ElementsAre;
using testing::IsSupersetOf;

class X11Input : public test::WithXvfb {
 protected:
  void SetUp() override {
    WithXvfb::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(until([&] { return !guest_->somethingIsHeld(); }));
    guest_->openWindow({0, 0, 640, 480});
    begin();
  }
  void TearDown() override {
    if (guest_) guest_->closeWindow();
  }
  void key(std::uint16_t code, Transition transition) { screen_.input(surface::Key{code, transition}); }
  void press(std::uint16_t code) {
    key(code, Transition::Pressed);
    key(code, Transition::Released);
  }
  // Reads what the window hears; names of keys as the server's own description has them.
  void hear() {
    for (const auto& event : guest_->events()) {
      const int type = event->response_type & 0x7f;
      const auto& input = reinterpret_cast<const xcb_key_press_event_t&>(*event);
      if (type == XCB_KEY_PRESS) heard_.push_back("+" + keysym(input.detail));
      if (type == XCB_KEY_RELEASE) heard_.push_back("-" + keysym(input.detail));
      if (type == XCB_BUTTON_PRESS) heard_.push_back("+" + std::to_string(input.detail));
      if (type == XCB_BUTTON_RELEASE) heard_.push_back("-" + std::to_string(input.detail));
    }
  }
  bool hears(std::size_t count) {
    return until([&] {
      hear();
      return heard_.size() >= count;
    });
  }
  std::string keysym(xcb_keycode_t keycode) {
    if (!keymap_) {
      xkb_x11_setup_xkb_extension(guest_->get(), 1, 0, XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, nullptr,
                                  nullptr, nullptr, nullptr);
      context_.reset(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
      keymap_.reset(xkb_x11_keymap_new_from_device(
          context_.get(), guest_->get(), xkb_x11_get_core_keyboard_device_id(guest_->get()),
          XKB_KEYMAP_COMPILE_NO_FLAGS));
    }
    const xkb_keysym_t* syms = nullptr;
    char name[64] = "nothing";
    if (xkb_keymap_key_get_syms_by_level(keymap_.get(), keycode, 0, 0, &syms) > 0) {
      xkb_keysym_get_name(syms[0], name, sizeof name);
    }
    return name;
  }

  base::CHandle<xkb_context, xkb_context_unref> context_;
  base::CHandle<xkb_keymap, xkb_keymap_unref> keymap_;
  std::vector<std::string> heard_;
};

TEST_F(X11Input, KeysArriveAsThePlacesTheyAre) {
  for (const std::uint16_t code : {KEY_A, KEY_LEFT, KEY_LEFTSHIFT, KEY_RIGHTCTRL, KEY_KP7, KEY_VOLUMEUP,
                                   KEY_F12, KEY_102ND, KEY_LEFTMETA}) {
    press(code);
  }

  ASSERT_TRUE(hears(18)) << testing::PrintToString(heard_);
  EXPECT_THAT(heard_, ElementsAre("+a", "-a", "+Left", "-Left", "+Shift_L", "-Shift_L", "+Control_R",
                                  "-Control_R", "+KP_Home", "-KP_Home", "+XF86AudioRaiseVolume",
                                  "-XF86AudioRaiseVolume", "+F12", "-F12", "+less", "-less",
                                  "+Super_L", "-Super_L"));
}

TEST_F(X11Input, KeysThatNoServerHasDoNothing) {
  press(0x2ff);
  press(0);
  press(KEY_B);

  ASSERT_TRUE(hears(2));
  EXPECT_THAT(heard_, ElementsAre("+b", "-b"));
}

TEST_F(X11Input, ButtonsAndTheWheelArriveByTheirNumbers) {
  for (const std::uint16_t code : {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA}) {
    screen_.input(surface::PointerButton{code, Transition::Pressed});
    screen_.input(surface::PointerButton{code, Transition::Released});
  }
  screen_.input(surface::Wheel{0, 120});
  screen_.input(surface::Wheel{0, -240});
  screen_.input(surface::Wheel{120, 0});
  screen_.input(surface::Wheel{-60, 0});
  screen_.input(surface::Wheel{-60, 0});

  ASSERT_TRUE(hears(20)) << testing::PrintToString(heard_);
  EXPECT_THAT(heard_, ElementsAre("+1", "-1", "+2", "-2", "+3", "-3", "+8", "-8", "+9", "-9",
                                  "+5", "-5", "+4", "-4", "+4", "-4", "+7", "-7", "+6", "-6"));
}

TEST_F(X11Input, ThePointerGoesToPlacesAndByDistances) {
  screen_.input(surface::PointerMoved{{100, 200}});
  ASSERT_TRUE(until([&] { return guest_->pointer() == surface::GuestPoint{100, 200}; }));

  screen_.input(surface::PointerNudged{256 * 5 + 128, -256 * 3});
  screen_.input(surface::PointerNudged{128, 0});  // two halves

  EXPECT_TRUE(until([&] { return guest_->pointer() == surface::GuestPoint{106, 197}; }));
}

TEST_F(X11Input, TheFirstFingerIsThePointer) {
  using surface::TouchPhase;
  screen_.input(surface::Touch{0, TouchPhase::Down, {300, 100}, true});
  screen_.input(surface::Touch{1, TouchPhase::Down, {10, 10}, true});
  screen_.input(surface::Touch{0, TouchPhase::Moved, {310, 120}, true});
  ASSERT_TRUE(hears(1));
  EXPECT_TRUE(until([&] { return guest_->pointer() == surface::GuestPoint{310, 120}; }));

  screen_.input(surface::Touch{0, TouchPhase::Up, {}, true});

  ASSERT_TRUE(hears(2));
  EXPECT_THAT(heard_, ElementsAre("+1", "-1"));
}

TEST_F(X11Input, WhatIsHeldIsLiftedWhenTheSourceEnds) {
  key(KEY_LEFTSHIFT, Transition::Pressed);
  key(KEY_X, Transition::Pressed);
  screen_.input(surface::PointerButton{BTN_SIDE, Transition::Pressed});
  ASSERT_TRUE(hears(3));
  heard_.clear();

  source_.reset();

  ASSERT_TRUE(hears(3));
  EXPECT_THAT(heard_, IsSupersetOf({"-Shift_L", "-x", "-8"}));
  EXPECT_FALSE(guest_->somethingIsHeld());
}

TEST_F(X11Input, WhatAKilledRelayLeftHeldIsLiftedByTheNext) {
  source_.reset();
  {
    test::XGuest killed(*server_);
    xcb_test_fake_input(killed.get(), XCB_KEY_PRESS, 50, 0, XCB_NONE, 0, 0, 0);
    xcb_test_fake_input(killed.get(), XCB_BUTTON_PRESS, 3, 0, XCB_NONE, 0, 0, 0);
    xcb_test_fake_input(killed.get(), XCB_BUTTON_PRESS, 9, 0, XCB_NONE, 0, 0, 0);
    killed.sync();
  }
  ASSERT_TRUE(guest_->somethingIsHeld());
  ASSERT_TRUE(hears(3));
  heard_.clear();

  connect(*server_);

  ASSERT_TRUE(hears(3)) << testing::PrintToString(heard_);
  EXPECT_THAT(heard_, IsSupersetOf({"-3", "-9"}));
  EXPECT_FALSE(guest_->somethingIsHeld());
}

TEST_F(X11Input, LockLightsAreTold) {
  ASSERT_EQ(screen_.leds(), 0);

  press(KEY_CAPSLOCK);
  EXPECT_TRUE(until([&] { return screen_.leds() == 2; }));
  press(KEY_NUMLOCK);
  EXPECT_TRUE(until([&] { return screen_.leds() == 3; }));
  source_.reset();
  screen_.setLeds(0);
  connect(*server_);
  EXPECT_TRUE(until([&] { return screen_.leds() == 3; })) << "what burns already";
  press(KEY_CAPSLOCK);
  press(KEY_NUMLOCK);

  EXPECT_TRUE(until([&] { return screen_.leds() == 0; }));
}

// Every server that knows evdev's names numbers alike here; this one has two places the other way round.
TEST_F(X11Input, FollowsTheServersOwnNumbers) {
  namespace fs = std::filesystem;
  const fs::path data = "/usr/share/X11/xkb";
  if (!fs::exists(data / "keycodes/evdev")) GTEST_SKIP() << "needs keyboard data in " << data;
  const fs::path ours = fs::path(dir_.path()) / "xkb";
  fs::copy(data, ours, fs::copy_options::recursive);
  std::stringstream text;
  text << std::ifstream(data / "keycodes/evdev").rdbuf();
  std::ofstream(ours / "keycodes/evdev") << std::regex_replace(
      std::regex_replace(text.str(), std::regex("<UP> = 111"), "<UP> = 113"),
      std::regex("<LEFT> = 113"), "<LEFT> = 111");
  source_.reset();
  const test::XServer server("Xvfb -screen 0 640x480x24 -xkbdir " + ours.string());
  ASSERT_TRUE(server.runs());
  test::XGuest guest(server);
  guest.openWindow({0, 0, 640, 480});
  connect(server);
  ASSERT_TRUE(becomesLive());

  press(KEY_LEFT);
  press(KEY_UP);

  std::vector<int> numbers;
  EXPECT_TRUE(until([&] {
    for (const auto& event : guest.events()) {
      if ((event->response_type & 0x7f) != XCB_KEY_PRESS) continue;
      numbers.push_back(reinterpret_cast<const xcb_key_press_event_t&>(*event).detail);
    }
    return numbers.size() == 2;
  }));
  EXPECT_THAT(numbers, ElementsAre(111, 113));
}

}  // namespace
}  // namespace lucarne::relay
