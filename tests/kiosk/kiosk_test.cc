// SPDX-License-Identifier: Apache-2.0
// The kiosk with real relays' ends on its socket and a panel in memory.
#include "kiosk/kiosk.h"

#include <linux/input-event-codes.h>
#include <sys/socket.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "surface/surface_client.h"
#include "tests/kiosk/fake_output.h"

namespace lucarne::kiosk {
namespace {

using surface::InputEvent;
using surface::Key;
using surface::Phase;
using surface::Pixel;
using surface::Rect;
using surface::Size;
using surface::Transition;

// A guest as a relay has it.
struct Relay : surface::GuestControls {
  Relay(const char* name, const std::string& path, const base::Context& context)
      : client(std::make_unique<surface::SurfaceClient>(screen, path, name, context)) {
    screen.setControls(this);
  }
  void show(Size size, Pixel colour) {
    screen.resize(size);
    screen.setPhase(Phase::Live, "");
    paint(Rect::of(size), colour);
  }
  void paint(const Rect& r, Pixel colour) {
    fillPixels(*screen.paint(), r, colour);
    screen.damaged(surface::Damage(r));
  }
  void onInput(const InputEvent& event) override { inputs.push_back(event); }
  void onWantedSize(Size size) override { wanted = size; }
  void onAttention(bool watched) override { attention = watched; }
  void onClipboard(const std::string& text) override { pasted.push_back(text); }

  surface::Screen screen;
  std::vector<InputEvent> inputs;
  Size wanted;
  bool attention = true;
  std::vector<std::string> pasted;
  std::unique_ptr<surface::SurfaceClient> client;
};

struct KioskTest : ::testing::Test {
  KioskTest() {
    std::string pattern = "/tmp/lucarne-kiosk-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    settings.socketPath = folder + "/kiosk.sock";
    settings.screenshotPath = folder + "/shot.png";
  }
  ~KioskTest() override {
    relays.clear();
    kiosk.reset();
    std::filesystem::remove_all(folder);
  }

  void open(Size panel) {
    output = std::make_unique<FakeOutput>(panel);
    kiosk = std::make_unique<Kiosk>(settings, *output, lettering, context);
  }
  Relay& relay(const char* name) {
    relays.push_back(std::make_unique<Relay>(name, settings.socketPath, context));
    relays.back()->client->start();
    return *relays.back();
  }
  // Turns the loop until it is so; a test that waits in vain fails by its own expectation.
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop.after(std::chrono::seconds(5), [&late] { late = true; });
    while (!so() && !late) loop.turn(true);
    return so();
  }
  bool untilPixel(int x, int y, Pixel colour) {
    return until([=, this] {
      return (output->panel.frame().at(x, y) & surface::kColourMask) == colour;
    });
  }
  void key(std::uint16_t code, Transition transition) {
    kiosk->panelEvents().onPanelInput(Key{code, transition});
    kiosk->panelEvents().onPanelInputEnd();
  }
  void chord(std::uint16_t code) {
    for (const std::uint16_t c : {std::uint16_t{KEY_LEFTCTRL}, std::uint16_t{KEY_LEFTALT}, code}) {
      key(c, Transition::Pressed);
    }
    for (const std::uint16_t c : {code, std::uint16_t{KEY_LEFTALT}, std::uint16_t{KEY_LEFTCTRL}}) {
      key(c, Transition::Released);
    }
  }

  std::string folder;
  Settings settings;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Lettering lettering{""};
  std::unique_ptr<FakeOutput> output;
  std::unique_ptr<Kiosk> kiosk;
  std::vector<std::unique_ptr<Relay>> relays;
};

TEST_F(KioskTest, ShowsWordsBeforeAnyGuestHasCome) {
  open({320, 200});

  ASSERT_TRUE(until([this] { return output->presents > 0; }));

  EXPECT_NE(output->panel.frame().at(160, 100) & surface::kColourMask, kBackground);
  EXPECT_EQ(output->panel.frame().at(0, 0), kBackground);
}

TEST_F(KioskTest, ShowsAGuestTurnedAndUploadsOnlyWhatChanges) {
  settings.rotation = surface::Rotation::Deg90;
  open({40, 64});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(20, 32, 0x112233));

  guest.paint({0, 0, 8, 4}, 0x445566);
  ASSERT_TRUE(untilPixel(39, 0, 0x445566));

  EXPECT_EQ(output->lastChanged.rects(), (std::vector<Rect>{{36, 0, 4, 8}}));
}

TEST_F(KioskTest, PresentsNothingWhileNothingChanges) {
  open({64, 40});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(32, 20, 0x112233));
  const int before = output->presents;

  bool over = false;
  const auto wait = loop.after(std::chrono::milliseconds(60), [&over] { over = true; });
  until([&over] { return over; });

  EXPECT_EQ(output->presents, before);
}

TEST_F(KioskTest, FollowsAGuestThatChangesItsSize) {
  open({64, 40});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(0, 0, 0x112233));

  guest.show({20, 40}, 0x445566);

  ASSERT_TRUE(untilPixel(32, 20, 0x445566));
  EXPECT_EQ(output->panel.frame().at(0, 0), kBackground);
}

TEST_F(KioskTest, DimsTheLastPictureOfALostGuestAndGoesOnWhenItIsBack) {
  open({320, 200});
  Relay& guest = relay("work");
  guest.show({320, 200}, 0x808080);
  ASSERT_TRUE(untilPixel(0, 0, 0x808080));

  relays.clear();
  ASSERT_TRUE(untilPixel(0, 0, 0x404040));
  EXPECT_NE(output->panel.frame().at(160, 100) & surface::kColourMask, 0x404040u);  // words

  relay("work").show({320, 200}, 0x808080);
  EXPECT_TRUE(untilPixel(0, 0, 0x808080));
  EXPECT_TRUE(untilPixel(160, 100, 0x808080));
}

TEST_F(KioskTest, SaysWhenTheGuestBehindTheRelayIsLost) {
  open({320, 200});
  Relay& guest = relay("work");
  guest.show({320, 200}, 0x808080);
  ASSERT_TRUE(untilPixel(0, 0, 0x808080));

  guest.screen.setPhase(Phase::Lost, "connection refused");

  EXPECT_TRUE(untilPixel(0, 0, 0x404040));
}

TEST_F(KioskTest, TurnsInputAndLiftsWhatIsHeldWhenTheFocusGoes) {
  settings.rotation = surface::Rotation::Deg90;
  open({40, 64});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(20, 32, 0x112233));

  kiosk->panelEvents().onPanelInput(PanelPointerMoved{{39, 0}});
  key(KEY_A, Transition::Pressed);
  kiosk->panelEvents().onPanelFocus(false);

  ASSERT_TRUE(until([&guest] { return guest.inputs.size() >= 3; }));
  EXPECT_THAT(guest.inputs, ::testing::ElementsAre(surface::PointerMoved{{0, 0}},
                                                   Key{KEY_A, Transition::Pressed},
                                                   Key{KEY_A, Transition::Released}));
}

TEST_F(KioskTest, MovesThePointerAsTheHandSeesItOnEveryTurnedPanel) {
  for (const surface::Rotation rotation : surface::kRotations) {
    settings.rotation = rotation;
    const Size panel{200, 200};
    open(panel);
    Relay& guest = relay("guest");
    guest.show(panel, 0x112233);
    ASSERT_TRUE(untilPixel(5, 5, 0x112233));
    kiosk->panelEvents().onPanelInput(PanelPointerMoved{{100, 100}});
    kiosk->panelEvents().onPanelInputEnd();
    ASSERT_TRUE(until([&guest] { return !guest.inputs.empty(); }));
    const auto before = std::get<surface::PointerMoved>(guest.inputs.back()).at;
    const std::size_t told = guest.inputs.size();

    kiosk->panelEvents().onPanelNudge(30, -20);
    kiosk->panelEvents().onPanelInputEnd();

    ASSERT_TRUE(until([&] { return guest.inputs.size() > told; }));
    const auto after = std::get<surface::PointerMoved>(guest.inputs.back()).at;
    EXPECT_EQ(after, (surface::GuestPoint{before.x + 30, before.y - 20}));
    kiosk->panelEvents().onPanelNudge(std::numeric_limits<int>::min(), 0);
    relays.clear();
    kiosk.reset();
  }
}

TEST_F(KioskTest, SwitchesByChordAndLiftsAtTheOldGuest) {
  open({64, 40});
  Relay& one = relay("one");
  one.show({64, 40}, 0x111111);
  ASSERT_TRUE(untilPixel(32, 20, 0x111111));
  Relay& two = relay("two");
  two.show({64, 40}, 0x222222);
  ASSERT_TRUE(until([this] { return kiosk->server().guests().size() == 2; }));
  key(KEY_B, Transition::Pressed);

  chord(KEY_RIGHT);

  ASSERT_TRUE(untilPixel(32, 20, 0x222222));
  ASSERT_TRUE(until([&] { return two.attention && !one.attention; }));
  key(KEY_B, Transition::Released);
  key(KEY_C, Transition::Pressed);
  ASSERT_TRUE(until([&two] { return !two.inputs.empty(); }));
  EXPECT_THAT(two.inputs, ::testing::ElementsAre(Key{KEY_C, Transition::Pressed}));
  EXPECT_THAT(one.inputs,
              ::testing::UnorderedElementsAre(
                  Key{KEY_B, Transition::Pressed}, Key{KEY_LEFTCTRL, Transition::Pressed},
                  Key{KEY_LEFTALT, Transition::Pressed}, Key{KEY_B, Transition::Released},
                  Key{KEY_LEFTCTRL, Transition::Released}, Key{KEY_LEFTALT, Transition::Released}));
}

TEST_F(KioskTest, LiftsAtTheNextRelayWhatTheOneThatWasKilledHeld) {
  open({100, 100});
  Relay& killed = relay("guest");
  killed.show({100, 100}, 0xff0000);
  ASSERT_TRUE(untilPixel(50, 50, 0xff0000));
  kiosk->panelEvents().onPanelInput(PanelPointerMoved{{30, 40}});
  kiosk->panelEvents().onPanelInput(surface::PointerButton{BTN_LEFT, Transition::Pressed});
  key(KEY_A, Transition::Pressed);
  ASSERT_TRUE(until([&] { return killed.inputs.size() == 3; }));

  killed.client.reset();
  Relay& next = relay("guest");
  next.show({100, 100}, 0x00ff00);
  ASSERT_TRUE(untilPixel(50, 50, 0x00ff00));

  ASSERT_TRUE(until([&] { return next.inputs.size() >= 3; }));
  EXPECT_EQ(next.inputs,
            (std::vector<InputEvent>{
                surface::PointerMoved{{30, 40}}, Key{KEY_A, Transition::Released},
                surface::PointerButton{BTN_LEFT, Transition::Released}}));
}

TEST_F(KioskTest, OwesTheNextRelayNothingWhenNothingWasHeld) {
  open({100, 100});
  Relay& first = relay("guest");
  first.show({100, 100}, 0xff0000);
  ASSERT_TRUE(untilPixel(50, 50, 0xff0000));
  kiosk->panelEvents().onPanelInput(PanelPointerMoved{{30, 40}});
  key(KEY_A, Transition::Pressed);
  key(KEY_A, Transition::Released);
  ASSERT_TRUE(until([&] { return first.inputs.size() == 3; }));

  first.client.reset();
  Relay& next = relay("guest");
  next.show({100, 100}, 0x00ff00);
  ASSERT_TRUE(untilPixel(50, 50, 0x00ff00));
  key(KEY_B, Transition::Pressed);

  ASSERT_TRUE(until([&] { return !next.inputs.empty(); }));
  EXPECT_EQ(next.inputs, (std::vector<InputEvent>{Key{KEY_B, Transition::Pressed}}));
}

TEST_F(KioskTest, NamesTheGuestByABorderOnceThereAreSeveral) {
  open({64, 40});
  Relay& one = relay("one");
  one.show({64, 40}, 0x111111);
  ASSERT_TRUE(untilPixel(0, 0, 0x111111));

  relay("two");

  EXPECT_TRUE(untilPixel(0, 0, colourOf("one")));
}

TEST_F(KioskTest, PassesTheClipboardOfAGuestThatIsNamedForIt) {
  settings.clipboard = {{"work", surface::ClipboardWays::Both}};
  open({64, 40});
  Relay& guest = relay("work");
  guest.screen.allowClipboard(surface::ClipboardWays::Both);
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(20, 20, 0x112233));

  guest.screen.guestCopied("out of the guest");
  ASSERT_TRUE(until([this] { return output->desktopText == "out of the guest"; }));
  output->events->onPanelClipboard();  // as a desktop tells of its own change
  output->desktopText = "into the guest";
  output->events->onPanelClipboard();

  ASSERT_TRUE(until([&guest] { return !guest.pasted.empty(); }));
  EXPECT_EQ(guest.pasted, std::vector<std::string>{"into the guest"});
}

// SDL on X11 hears of a copy only when it takes the clipboard away from the kiosk itself.
TEST_F(KioskTest, LooksAtTheClipboardOfADesktopThatTellsNothingWhenThePersonComesBack) {
  settings.clipboard = {{"work", surface::ClipboardWays::Both}};
  open({64, 40});
  Relay& guest = relay("work");
  guest.screen.allowClipboard(surface::ClipboardWays::Both);
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(20, 20, 0x112233));

  output->events->onPanelFocus(false);
  output->desktopText = "copied in another window";
  output->events->onPanelFocus(true);
  ASSERT_TRUE(until([&guest] { return guest.pasted.size() == 1; }));
  output->events->onPanelFocus(false);
  output->events->onPanelFocus(true);  // nothing new
  output->events->onPanelFocus(false);
  output->desktopText = "and another";
  output->events->onPanelFocus(true);
  ASSERT_TRUE(until([&guest] { return guest.pasted.size() > 1; }));

  EXPECT_EQ(guest.pasted, (std::vector<std::string>{"copied in another window", "and another"}));
}

TEST_F(KioskTest, PassesNoClipboardByDefaultNorToAGuestBehindNorWhileThePersonIsElsewhere) {
  settings.clipboard = {{"home", surface::ClipboardWays::Both}};
  open({64, 40});
  Relay& work = relay("work");
  work.screen.allowClipboard(surface::ClipboardWays::Both);
  work.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(20, 20, 0x112233));
  Relay& home = relay("home");
  home.screen.allowClipboard(surface::ClipboardWays::Both);
  home.show({64, 40}, 0x445566);
  ASSERT_TRUE(until([this] { return kiosk->server().guests().size() == 2; }));
  output->desktopText = "mine";

  work.screen.guestCopied("from a guest without a rule");
  home.screen.guestCopied("from a guest that is not shown");
  output->events->onPanelClipboard();
  output->events->onPanelFocus(false);
  chord(KEY_RIGHT);  // home is shown, and nobody looks
  ASSERT_TRUE(untilPixel(20, 20, 0x445566));
  EXPECT_EQ(output->desktopText, "mine");
  EXPECT_TRUE(work.pasted.empty());
  EXPECT_TRUE(home.pasted.empty());

  output->events->onPanelFocus(true);

  ASSERT_TRUE(until([&home] { return !home.pasted.empty(); }));
  EXPECT_EQ(home.pasted, std::vector<std::string>{"mine"});
  EXPECT_TRUE(work.pasted.empty());
}

TEST_F(KioskTest, PassesCopiedTextToAnotherGuestOnlyInTheDirectionThatIsNamed) {
  settings.clipboardPairs = {{"one", "two"}};
  settings.clipboard = {{"", surface::ClipboardWays::GuestToKiosk}};
  open({64, 40});
  Relay& one = relay("one");
  one.screen.allowClipboard(surface::ClipboardWays::Both);
  one.show({64, 40}, 0x111111);
  ASSERT_TRUE(untilPixel(20, 20, 0x111111));
  Relay& two = relay("two");
  two.screen.allowClipboard(surface::ClipboardWays::Both);
  two.show({64, 40}, 0x222222);

  ASSERT_TRUE(until([this] { return kiosk->server().guests().size() == 2; }));
  two.screen.guestCopied("hidden guests take no part");
  one.screen.guestCopied("from one");
  ASSERT_TRUE(until([this] { return output->desktopText == "from one"; }));
  chord(KEY_RIGHT);
  ASSERT_TRUE(untilPixel(20, 20, 0x222222));

  EXPECT_TRUE(until([&] { return !two.pasted.empty(); }));
  EXPECT_EQ(two.pasted, std::vector<std::string>{"from one"});
  two.screen.guestCopied("from two");
  ASSERT_TRUE(until([this] { return output->desktopText == "from two"; }));
  chord(KEY_LEFT);
  ASSERT_TRUE(untilPixel(20, 20, 0x111111));
  key(KEY_A, Transition::Pressed);
  ASSERT_TRUE(until([&] {
    return !one.inputs.empty() && one.inputs.back() == InputEvent(Key{KEY_A, Transition::Pressed});
  }));
  EXPECT_TRUE(one.pasted.empty());
}

TEST_F(KioskTest, TurnsByChord) {
  open({64, 40});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  guest.paint({0, 0, 4, 4}, 0xff0000);
  ASSERT_TRUE(untilPixel(0, 0, 0xff0000));

  chord(KEY_R);
  chord(KEY_R);

  EXPECT_TRUE(untilPixel(63, 39, 0xff0000));
  EXPECT_EQ(output->panel.frame().at(0, 0), 0x112233u);
}

TEST_F(KioskTest, AsksForTheTurnedSizeOnlyWhenToldTo) {
  settings.rotation = surface::Rotation::Deg90;
  settings.resizeGuest = ResizeGuest::Yes;
  open({40, 64});
  Relay& guest = relay("work");

  EXPECT_TRUE(until([&guest] { return guest.wanted == Size{64, 40}; }));
}

TEST_F(KioskTest, SaysSoWhenThePanelHasNoRoomForAPicture) {
  open({320, 200});
  output->refusesPictures = true;
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(until([this] { return output->presents > 1; }));
  output->refusesPictures = false;

  guest.paint({0, 0, 64, 40}, 0x445566);

  EXPECT_TRUE(untilPixel(160, 100, 0x445566));
}

TEST_F(KioskTest, TakesAScreenshotByChord) {
  open({64, 40});
  chord(KEY_S);

  EXPECT_TRUE(std::filesystem::exists(settings.screenshotPath));
}

TEST_F(KioskTest, FollowsThePanelsSize) {
  open({64, 40});
  Relay& guest = relay("work");
  guest.show({64, 40}, 0x112233);
  ASSERT_TRUE(untilPixel(32, 20, 0x112233));

  output->panel = Image({128, 80});
  output->events->onPanelResized();

  EXPECT_TRUE(untilPixel(127, 79, 0x112233));
}

}  // namespace
}  // namespace lucarne::kiosk
