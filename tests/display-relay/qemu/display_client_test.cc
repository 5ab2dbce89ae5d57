// SPDX-License-Identifier: Apache-2.0
// One console of a peer that plays QEMU: input, fingers and copied text, over real D-Bus connections.
#include "display-relay/sources/qemu/display_client.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/display-relay/qemu/fake_qemu.h"

namespace lucarne::relay::qemu {
namespace {

using surface::ClipboardWays;
using surface::Touch;
using surface::TouchPhase;
using test::FakeQemu;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kClipboardPath = "/org/qemu/Display1/Clipboard";
constexpr const char* kClipboard = "org.qemu.Display1.Clipboard";

struct Copied : surface::ScreenObserver {
  void onClipboard(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

class Guest {
 public:
  explicit Guest(FakeQemu::Touch touch = FakeQemu::Touch::Fingers,
                 ClipboardWays ways = ClipboardWays::None, bool taken = false)
      : qemu(loop, touch, taken) {
    screen.allowClipboard(ways);
    screen.addObserver(copied);
    client = std::make_unique<DisplayClient>(qemu.takeClient(), "", 0, screen, context,
                                             [this](const std::string& words) { lost = words; });
    qemu.scanout(100, 80);
  }
  ~Guest() {
    client.reset();
    screen.removeObserver(copied);
  }

  // Everything said so far has been heard and answered.
  void settle() {
    EXPECT_TRUE(qemu.turnUntil([this] { return !client->isSending(); }));
  }
  void finger(std::uint8_t slot, TouchPhase phase, int x = 0, int y = 0) {
    client->input(Touch{slot, phase, {x, y}, true});
  }
  std::string grab(unsigned selection, unsigned serial, const char* mime = "text/plain;charset=utf-8") {
    const char* const mimes[] = {mime};
    return qemu.call(kClipboardPath, kClipboard, "Grab",
                     g_variant_new("(uu@as)", selection, serial, g_variant_new_strv(mimes, 1)));
  }
  std::string request(unsigned selection = 0) {
    const char* const mimes[] = {"text/html", "text/plain;charset=utf-8"};
    return qemu.call(kClipboardPath, kClipboard, "Request",
                     g_variant_new("(u@as)", selection, g_variant_new_strv(mimes, 2)));
  }
  // A call that is answered after everything before it was handled.
  void roundTrip() { EXPECT_EQ(qemu.call(kClipboardPath, "org.freedesktop.DBus.Peer", "Ping", nullptr), "()"); }

  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  FakeQemu qemu;
  surface::Screen screen;
  Copied copied;
  std::string lost;
  std::unique_ptr<DisplayClient> client;
};

// ---- the console --------------------------------------------------------------------------------------

TEST(DisplayClient, KnowsWhatTheConsoleHasBeforeAPictureComes) {
  Guest guest;

  const auto& calls = guest.qemu.calls;
  const auto at = [&calls](const std::string& words) {
    return std::find_if(calls.begin(), calls.end(),
                        [&words](const std::string& c) { return c.starts_with(words); }) -
           calls.begin();
  };
  EXPECT_LT(at("Get Interfaces"), at("Console.RegisterListener"));
  EXPECT_EQ(guest.screen.size(), (surface::Size{100, 80}));
  EXPECT_EQ(guest.screen.title(), "a guest");
}

TEST(DisplayClient, ListensOnlyWhileSomebodyWatches) {
  Guest guest;

  guest.client->watch(false);
  guest.client->watch(false);
  guest.client->watch(true);
  guest.qemu.turnUntil([&] { return guest.qemu.listeners == 2; });

  EXPECT_EQ(guest.qemu.listeners, 2);
}

TEST(DisplayClient, AsksForThePanelsSize) {
  Guest guest;

  guest.client->wantSize({640, 480});
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Console.SetUIInfo").empty(); });

  EXPECT_THAT(guest.qemu.callsOf("Console.SetUIInfo"),
              ElementsAre("Console.SetUIInfo (0, 0, 0, 0, 640, 480)"));
}

// ---- fingers ------------------------------------------------------------------------------------------

TEST(DisplayClient, MakesFingersFingersWhereQemuHasMultiTouch) {
  Guest guest;

  guest.finger(0, TouchPhase::Down, 10, 20);
  guest.finger(3, TouchPhase::Down, 99, 79);
  guest.settle();
  guest.finger(0, TouchPhase::Moved, 11, 21);
  guest.settle();
  guest.finger(0, TouchPhase::Up);
  guest.finger(3, TouchPhase::Cancelled);
  guest.settle();

  EXPECT_THAT(guest.qemu.callsOf("M"),
              ElementsAre("MultiTouch.SendEvent (0, 0, 10.0, 20.0)",
                          "MultiTouch.SendEvent (0, 3, 99.0, 79.0)",
                          "MultiTouch.SendEvent (1, 0, 11.0, 21.0)",
                          "MultiTouch.SendEvent (2, 0, 0.0, 0.0)",
                          "MultiTouch.SendEvent (2, 3, 0.0, 0.0)"))
      << "cancelled is ended: QEMU's own cancel leaves it down";
}

TEST(DisplayClient, MakesTheFirstFingerAButtonWhereQemuHasNone) {
  Guest guest(FakeQemu::Touch::None);

  guest.finger(0, TouchPhase::Down, 10, 20);
  guest.finger(1, TouchPhase::Down, 50, 50);
  guest.finger(0, TouchPhase::Up);
  guest.settle();

  EXPECT_THAT(guest.qemu.callsOf("M"), ElementsAre("Mouse.SetAbsPosition (10, 20)", "Mouse.Press (0,)",
                                                   "Mouse.Release (0,)"));
}

TEST(DisplayClient, TellsABusyQemuOnlyWhereFingersAreNow) {
  Guest guest;
  guest.qemu.keepAnswers = true;

  guest.finger(0, TouchPhase::Down, 1, 1);
  guest.finger(1, TouchPhase::Down, 2, 2);
  for (int i = 0; i < 5000; ++i) {
    guest.finger(0, TouchPhase::Moved, i % 90, 3);
    guest.finger(1, TouchPhase::Moved, 4, i % 70);
  }
  guest.finger(0, TouchPhase::Up);
  guest.finger(1, TouchPhase::Moved, 5, 5);
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("MultiTouch").empty(); });
  guest.qemu.keepAnswers = false;
  guest.qemu.answerKept();
  guest.settle();

  EXPECT_THAT(guest.qemu.callsOf("MultiTouch"),
              ElementsAre("MultiTouch.SendEvent (0, 0, 1.0, 1.0)", "MultiTouch.SendEvent (0, 1, 2.0, 2.0)",
                          "MultiTouch.SendEvent (1, 0, 49.0, 3.0)",
                          "MultiTouch.SendEvent (1, 1, 4.0, 29.0)",
                          "MultiTouch.SendEvent (2, 0, 0.0, 0.0)",
                          "MultiTouch.SendEvent (1, 1, 5.0, 5.0)"));
  EXPECT_EQ(guest.lost, "");
}

TEST(DisplayClient, LeavesOutFingersThatQemuHasNoSlotsFor) {
  Guest guest;

  guest.finger(10, TouchPhase::Down, 1, 1);
  guest.finger(9, TouchPhase::Down, 2, 2);
  guest.settle();

  EXPECT_THAT(guest.qemu.callsOf("MultiTouch"), ElementsAre("MultiTouch.SendEvent (0, 9, 2.0, 2.0)"));
}

TEST(DisplayClient, SaysThatAQemuThatAnswersNothingIsLost) {
  Guest guest;
  guest.qemu.keepAnswers = true;

  for (int i = 0; i < 1100; ++i) {
    guest.client->input(surface::Key{KEY_A, surface::Transition::Pressed});
  }

  EXPECT_NE(guest.lost, "");
}

// ---- the clipboard --------------------------------------------------------------------------------------

TEST(QemuClipboard, HandsOnWhatTheGuestCopied) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  guest.qemu.clipboardText = "grüße 漢";

  EXPECT_EQ(guest.grab(0, 1), "()");
  guest.qemu.turnUntil([&] { return !guest.copied.texts.empty(); });

  EXPECT_THAT(guest.copied.texts, ElementsAre("grüße 漢"));
}

TEST(QemuClipboard, GivesWhatWasCopiedOutside) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  EXPECT_EQ(guest.grab(0, 7), "()");
  EXPECT_TRUE(guest.request().starts_with("error: ")) << "there is nothing yet";

  guest.client->offerClipboard("text");
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Clipboard.Grab").empty(); });

  EXPECT_THAT(guest.qemu.callsOf("Clipboard.Grab"),
              ElementsAre("Clipboard.Grab (0, 8, ['text/plain;charset=utf-8'])"));
  EXPECT_EQ(guest.request(), "('text/plain;charset=utf-8', [0x74, 0x65, 0x78, 0x74])");
  EXPECT_TRUE(guest.request(1).starts_with("error: ")) << "of another selection";
}

TEST(QemuClipboard, KeepsToTheNewerOfTwoCopies) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  guest.qemu.clipboardText = "old";
  guest.client->offerClipboard("a");
  guest.client->offerClipboard("b");
  guest.qemu.turnUntil([&] { return guest.qemu.callsOf("Clipboard.Grab").size() == 2; });

  EXPECT_EQ(guest.grab(0, 1), "()");
  EXPECT_EQ(guest.grab(0, 2), "()") << "of two alike the client's is the newer";
  guest.roundTrip();
  EXPECT_THAT(guest.qemu.callsOf("Clipboard.Request"), IsEmpty());
  EXPECT_EQ(guest.request(), "('text/plain;charset=utf-8', [0x62])");

  EXPECT_EQ(guest.grab(0, 3), "()");
  guest.qemu.turnUntil([&] { return !guest.copied.texts.empty(); });
  EXPECT_TRUE(guest.request().starts_with("error: ")) << "ours is no longer the newest";
}

TEST(QemuClipboard, TakesThePlaceOfOneThatWentWithoutAWord) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both, true);

  guest.qemu.turnUntil([&] { return guest.qemu.callsOf("Clipboard.Register").size() == 2; });

  EXPECT_THAT(guest.qemu.callsOf("Clipboard"),
              ElementsAre("Clipboard.Register ()", "Clipboard.Unregister ()", "Clipboard.Register ()"));
}

TEST(QemuClipboard, BeginsToCountAgainWhenQemuRegistersAnew) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  EXPECT_EQ(guest.grab(0, 100), "()");

  EXPECT_EQ(guest.qemu.call(kClipboardPath, kClipboard, "Register", nullptr), "()");
  guest.client->offerClipboard("a");
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Clipboard.Grab").empty(); });

  EXPECT_THAT(guest.qemu.callsOf("Clipboard.Grab"),
              ElementsAre("Clipboard.Grab (0, 1, ['text/plain;charset=utf-8'])"));
}

TEST(QemuClipboard, TakesTextOfTheClipboardOnly) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  guest.qemu.clipboardText = "text";

  EXPECT_EQ(guest.grab(1, 1), "()") << "the primary selection";
  EXPECT_EQ(guest.grab(0, 2, "image/png"), "()");
  EXPECT_EQ(guest.grab(0xffffffff, 3), "()");
  guest.roundTrip();

  EXPECT_THAT(guest.qemu.callsOf("Clipboard.Request"), IsEmpty());
}

TEST(QemuClipboard, HandsOnNothingThatIsNoTextOrTooLong) {
  for (const std::string& text : {std::string("\xff\xfe"), std::string(surface::kMaxClipboardBytes + 1, 'x')}) {
    Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
    guest.qemu.clipboardText = text;
    EXPECT_EQ(guest.grab(0, 1), "()");
    guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Clipboard.Request").empty(); });
    guest.qemu.clipboardText = "good";
    EXPECT_EQ(guest.grab(0, 2), "()");
    guest.qemu.turnUntil([&] { return !guest.copied.texts.empty(); });

    EXPECT_THAT(guest.copied.texts, ElementsAre("good"));
  }
}

TEST(QemuClipboard, OutlivesAnAnswerOfTheWrongKind) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::Both);
  guest.qemu.clipboardText = "text";
  guest.qemu.wrongAnswer = true;
  EXPECT_EQ(guest.grab(0, 1), "()");
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Clipboard.Request").empty(); });
  guest.qemu.wrongAnswer = false;
  EXPECT_EQ(guest.grab(0, 2), "()");

  guest.qemu.turnUntil([&] { return !guest.copied.texts.empty(); });

  EXPECT_THAT(guest.copied.texts, ElementsAre("text"));
}

TEST(QemuClipboard, IsNotEvenRegisteredWhereNothingMayPass) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::None);
  guest.client->offerClipboard("a secret");
  guest.client->input(surface::Key{KEY_A, surface::Transition::Pressed});
  guest.settle();

  EXPECT_THAT(guest.qemu.callsOf("Clipboard"), IsEmpty());
  EXPECT_TRUE(guest.grab(0, 1).starts_with("error: "));
}

TEST(QemuClipboard, PassesOneWayOnlyWhereItMayPassOneWay) {
  Guest guest(FakeQemu::Touch::None, ClipboardWays::KioskToGuest);
  guest.qemu.clipboardText = "a secret of the guest";

  EXPECT_EQ(guest.grab(0, 1), "()");
  guest.roundTrip();
  guest.client->offerClipboard("for the guest");
  guest.qemu.turnUntil([&] { return !guest.qemu.callsOf("Clipboard.Grab").empty(); });

  EXPECT_THAT(guest.qemu.callsOf("Clipboard.Request"), IsEmpty());
  EXPECT_THAT(guest.copied.texts, IsEmpty());
}

}  // namespace
}  // namespace lucarne::relay::qemu
