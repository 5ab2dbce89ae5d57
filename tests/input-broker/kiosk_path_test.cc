// SPDX-License-Identifier: Apache-2.0
// From a device to the guest: the built lucarne-input on mocked devices, a kiosk with its panel in
// memory, and a relay's end of the surface socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "kiosk/kiosk.h"
#include "surface/surface_client.h"
#include "tests/input-broker/corners.h"
#include "tests/kiosk/fake_output.h"
#include "tests/support/child_program.h"
#include "tests/support/umockdev/mock_bench.h"

namespace lucarne::input {
namespace {

using surface::InputEvent;
using surface::Key;
using surface::Touch;
using surface::TouchPhase;
using surface::Transition;
using test::ChildProgram;

struct Guest : surface::GuestControls {
  Guest(const std::string& path, surface::Size size, const base::Context& context,
        const std::string& name = "guest")
      : client(screen, path, name, context) {
    screen.setControls(this);
    screen.resize(size);
    screen.setPhase(surface::Phase::Live, "");
    fillPixels(*screen.paint(), surface::Rect::of(size), 0);
    screen.damaged(surface::Damage(surface::Rect::of(size)));
    client.start();
  }
  void onInput(const InputEvent& event) override { inputs.push_back(event); }
  void onWantedSize(surface::Size) override {}
  void onAttention(bool there) override { seen = seen || there; }

  surface::Screen screen;
  std::vector<InputEvent> inputs;
  bool seen = false;  // the kiosk has welcomed it
  surface::SurfaceClient client;  // lifts what is held when it goes
};

class KioskPath : public testing::Test {
 protected:
  KioskPath() {
    char folder[] = "/tmp/lucarne-path-XXXXXX";
    folder_ = ::mkdtemp(folder);
    settings_.socketPath = folder_ + "/kiosk.sock";
    bench_.plug(2, "touch");
    bench_.plug(3, "mouse");
    bench_.plug(4, "buttons");
    bench_.plug(6, "keyboard");
  }
  ~KioskPath() override {
    broker_.reset();
    guest_.reset();
    kiosk_.reset();
    std::filesystem::remove_all(folder_);
  }

  void openKiosk(Rotation rotation, surface::Size panel = kPanel) {
    settings_.rotation = rotation;
    output_ = std::make_unique<kiosk::FakeOutput>(panel);
    output_->hasPointer = true;
    kiosk_ = std::make_unique<kiosk::Kiosk>(settings_, *output_, lettering_, context_);
    guest_ = std::make_unique<Guest>(settings_.socketPath, surface::turned(panel, rotation), context_);
  }
  void startBroker(const std::string& configuration = "") {
    broker_.reset();
    std::ofstream(folder_ + "/input.toml") << configuration << "\n[[outlet]]\nto = \"kiosk:"
                                           << settings_.socketPath << "\"\n";
    std::vector<std::string> environment = bench_.environment();
    environment.push_back("LUCARNE_LOG=warning");
    broker_ = std::make_unique<ChildProgram>(
        std::vector<std::string>{LUCARNE_INPUT, "run", "-c", folder_ + "/input.toml"}, environment);
    ASSERT_TRUE(until([this] { return hears(); })) << "no key reached the guest";
    // The last of the taps.
    bench_.emit(6, "EV_KEY KEY_F2 1");
    bench_.emit(6, "EV_KEY KEY_F2 0");
    ASSERT_TRUE(arrives(Key{KEY_F2, Transition::Released}));
    guest_->inputs.clear();
  }
  // Turns the loop until it is so.
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(20), [&late] { late = true; });
    const auto tick = loop_.every(std::chrono::milliseconds(20), [] {});
    while (!so() && !late) loop_.turn(true);
    return so();
  }
  // Whether a key that is tapped now and then has arrived, down and up.
  bool hears() {
    bench_.emit(6, "EV_KEY KEY_F1 1");
    bench_.emit(6, "EV_KEY KEY_F1 0");
    return !guest_->inputs.empty() && guest_->inputs.back() == InputEvent(Key{KEY_F1, Transition::Released});
  }
  bool arrives(const InputEvent& event) {
    return until([&] {
      return std::find(guest_->inputs.begin(), guest_->inputs.end(), event) != guest_->inputs.end();
    });
  }
  void finger(int slot, int x, int y) {
    bench_.emit(2, "EV_ABS ABS_MT_SLOT " + std::to_string(slot) + " EV_ABS ABS_MT_TRACKING_ID " +
                       std::to_string(++tracking_) + " EV_ABS ABS_MT_POSITION_X " + std::to_string(x) +
                       " EV_ABS ABS_MT_POSITION_Y " + std::to_string(y));
  }
  void lift(int slot) {
    bench_.emit(2, "EV_ABS ABS_MT_SLOT " + std::to_string(slot) + " EV_ABS ABS_MT_TRACKING_ID -1");
  }

  test::MockBench bench_;
  std::string folder_;
  kiosk::Settings settings_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  kiosk::Lettering lettering_{""};
  std::unique_ptr<kiosk::FakeOutput> output_;
  std::unique_ptr<kiosk::Kiosk> kiosk_;
  std::unique_ptr<Guest> guest_;
  std::unique_ptr<ChildProgram> broker_;
  int tracking_ = 0;
};

class KioskCorners : public KioskPath, public testing::WithParamInterface<Turned> {};

TEST_P(KioskCorners, AFingerOnEachIsAtTheGuestsForEveryMounting) {
  const Turned& turned = GetParam();
  openKiosk(turned.rotation);
  for (const Mounting& m : kMountings) {
    std::string matrix = m.matrix;
    std::replace(matrix.begin(), matrix.end(), ' ', ',');
    startBroker("[[device]]\nkind = \"touch\"\ncalibration = [" + matrix + "]\n");
    const auto at = [&](int slot, int x, int y, GuestPoint expected) {
      guest_->inputs.clear();
      finger(slot, x * 1279, y * 799);
      EXPECT_TRUE(arrives(Touch{static_cast<std::uint8_t>(slot), TouchPhase::Down, expected, true}))
          << "matrix " << m.matrix << ", corner " << slot;
      lift(slot);
    };
    at(0, m.topLeftX, m.topLeftY, turned.topLeft);
    at(1, m.topRightX, m.topRightY, turned.topRight);
    at(2, 1 - m.topLeftX, 1 - m.topLeftY, turned.bottomRight);
    at(3, 1 - m.topRightX, 1 - m.topRightY, turned.bottomLeft);
  }
}

INSTANTIATE_TEST_SUITE_P(AtEveryRotation, KioskCorners, testing::ValuesIn(kTurned));

TEST_F(KioskPath, ScalesAPanelThatTheBrokerCountsOtherwise) {
  openKiosk(Rotation::Deg0, {640, 400});
  startBroker();

  finger(0, 1279, 799);

  EXPECT_TRUE(arrives(Touch{0, TouchPhase::Down, {639, 399}, true}));
}

TEST_F(KioskPath, MovesThePointerAsTheHandDoesOnATurnedPanel) {
  openKiosk(Rotation::Deg90);  // the guest is 800 x 1280
  startBroker();
  bench_.emit(3, "EV_REL REL_X 1");
  ASSERT_TRUE(until([this] { return !guest_->inputs.empty(); }));
  const auto before = std::get<surface::PointerMoved>(guest_->inputs.back()).at;

  bench_.emit(3, "EV_REL REL_X 30 EV_REL REL_Y -20");
  bench_.emit(3, "EV_KEY BTN_LEFT 1");

  EXPECT_TRUE(arrives(surface::PointerMoved{{before.x + 30, before.y - 20}}));
  EXPECT_TRUE(arrives(surface::PointerButton{BTN_LEFT, Transition::Pressed}));
}

TEST_F(KioskPath, LiftsEverythingWhenTheBrokerIsKilled) {
  openKiosk(Rotation::Deg0);
  startBroker();
  finger(4, 100, 100);
  bench_.emit(6, "EV_KEY KEY_A 1");
  bench_.emit(3, "EV_REL REL_X 1");
  bench_.emit(3, "EV_KEY BTN_LEFT 1");
  ASSERT_TRUE(arrives(surface::PointerButton{BTN_LEFT, Transition::Pressed}));
  ASSERT_TRUE(arrives(Key{KEY_A, Transition::Pressed}));

  broker_->signal(SIGKILL);

  EXPECT_TRUE(arrives(Touch{4, TouchPhase::Cancelled, {100, 100}, true}));
  EXPECT_TRUE(arrives(Key{KEY_A, Transition::Released}));
  EXPECT_TRUE(arrives(surface::PointerButton{BTN_LEFT, Transition::Released}));
}

TEST_F(KioskPath, LeavesTheDisplaysOwnInputOutWhileABrokerIsThere) {
  openKiosk(Rotation::Deg0);
  startBroker();

  output_->events->onPanelInput(Key{KEY_B, Transition::Pressed});
  bench_.emit(6, "EV_KEY KEY_C 1");

  ASSERT_TRUE(arrives(Key{KEY_C, Transition::Pressed}));
  EXPECT_THAT(guest_->inputs, testing::ElementsAre(Key{KEY_C, Transition::Pressed}));
  EXPECT_TRUE(output_->pointer.empty()) << "the display's own pointer is hidden";

  broker_->signal(SIGKILL);
  ASSERT_TRUE(arrives(Key{KEY_C, Transition::Released}));
  output_->events->onPanelInput(Key{KEY_B, Transition::Pressed});
  EXPECT_TRUE(arrives(Key{KEY_B, Transition::Pressed}));
}

TEST_F(KioskPath, TurnsThePictureByASpecialButton) {
  openKiosk(Rotation::Deg0);
  startBroker("[[button]]\nkey = \"KEY_ROTATE_LOCK_TOGGLE\"\naction = \"rotate\"\npass = false\n");
  guest_->inputs.clear();

  bench_.emit(4, "EV_KEY KEY_ROTATE_LOCK_TOGGLE 1");
  bench_.emit(4, "EV_KEY KEY_ROTATE_LOCK_TOGGLE 0");
  // The guest keeps its size, and lies in the middle of the panel now: its left edge is above.
  ASSERT_TRUE(until([this] {
    finger(0, 640, 400);
    lift(0);
    finger(1, 640, 100);
    lift(1);
    guest_->inputs.clear();
    until([this] { return guest_->inputs.size() >= 4; });
    const auto* touch = std::get_if<Touch>(&guest_->inputs[2]);
    return touch && touch->at.x < 320;
  }));
  for (const InputEvent& event : guest_->inputs) EXPECT_FALSE(std::holds_alternative<Key>(event));
}

TEST_F(KioskPath, ShowsAnotherGuestByASpecialButton) {
  openKiosk(Rotation::Deg0);
  startBroker(
      "[[button]]\nkey = \"KEY_PROG1\"\naction = \"next-guest\"\npass = false\n"
      "[[button]]\nkey = \"KEY_PROG2\"\naction = \"previous-guest\"\npass = false\n");
  Guest other(settings_.socketPath, kPanel, context_, "other");
  const auto tap = [&](const std::string& key) {
    bench_.emit(4, "EV_KEY " + key + " 1");
    bench_.emit(4, "EV_KEY " + key + " 0");
  };
  // Whether the keyboard's keys come to `shown` and to nobody else.
  const auto typesInto = [&](Guest& shown, Guest& hidden) {
    shown.inputs.clear();
    hidden.inputs.clear();
    until([&] {  // a guest that has just come may not be ready for the first key
      bench_.emit(6, "EV_KEY KEY_Q 1");
      bench_.emit(6, "EV_KEY KEY_Q 0");
      return !shown.inputs.empty() || !hidden.inputs.empty();
    });
    return hidden.inputs.empty() && !shown.inputs.empty();
  };
  ASSERT_TRUE(typesInto(*guest_, other));
  ASSERT_TRUE(until([&] { return other.seen; })) << "the kiosk knows the other guest";

  tap("KEY_PROG1");
  EXPECT_TRUE(until([&] { return typesInto(other, *guest_); }));
  tap("KEY_PROG2");
  EXPECT_TRUE(until([&] { return typesInto(*guest_, other); }));
}

TEST_F(KioskPath, TakesAScreenshotByASpecialButton) {
  settings_.screenshotPath = folder_ + "/shot.png";
  openKiosk(Rotation::Deg0);
  startBroker("[[button]]\nkey = \"KEY_CAMERA\"\naction = \"screenshot\"\n");
  ASSERT_FALSE(std::filesystem::exists(settings_.screenshotPath));

  bench_.emit(4, "EV_KEY KEY_CAMERA 1");

  EXPECT_TRUE(until([&] { return std::filesystem::exists(settings_.screenshotPath); }));
  EXPECT_TRUE(arrives(Key{KEY_CAMERA, Transition::Pressed})) << "and the guest has the key, too";
}

}  // namespace
}  // namespace lucarne::input
