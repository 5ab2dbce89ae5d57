// SPDX-License-Identifier: Apache-2.0
// The guest's end and the panel's end of a link in one process, over a real line.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/drawn_pictures.h"
#include "display-relay/sinks/link_sink.h"
#include "display-relay/sources/link_source.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

using bench::Canvas;
using std::chrono::milliseconds;
using surface::Damage;
using surface::InputEvent;
using surface::Key;
using surface::PointerButton;
using surface::PointerMoved;
using surface::Rect;
using surface::Transition;

// The guest: remembers what reached it.
struct Guest final : surface::GuestControls {
  std::vector<InputEvent> events;
  surface::Size wanted;
  bool watched = true;
  void onInput(const InputEvent& event) override { events.push_back(event); }
  void onWantedSize(surface::Size size) override { wanted = size; }
  void onAttention(bool now) override { watched = now; }
  void onClipboard(const std::string& text) override { pasted = text; }
  std::string pasted;
};

struct Watcher final : surface::ScreenObserver {
  std::vector<surface::GuestPoint> moves;
  void onCursorMoved(surface::GuestPoint at) override { moves.push_back(at); }
  void onClipboard(const std::string& text) override { copied = text; }
  std::string copied;
};

// Both relays of a chain, each of which may be dropped and made again.
class Chain {
 public:
  explicit Chain(std::string guestUri, std::string panelUri)
      : guestUri_(std::move(guestUri)), panelUri_(std::move(panelUri)) {
    guestScreen.setControls(&guest);
    guestScreen.resize({640, 400});
    paint([](surface::Frame f) { bench::drawText(f, Rect::of(f.size), 1); });
    guestScreen.setPhase(surface::Phase::Live, "running");
    startGuest();
    // A PTY's name is there once its maker has run.
    const std::string path = panelUri_.substr(panelUri_.find(':') + 1);
    EXPECT_TRUE(runUntil([&path] { return std::filesystem::exists(path); }));
    startPanel();
  }
  ~Chain() {
    dropGuest();
    dropPanel();
    guestScreen.setControls(nullptr);
  }

  void startGuest() {
    sink_ = std::make_unique<LinkSink>(link::createTransport(guestUri_, context), guestScreen, nullptr,
                                       context);
    sink_->start();
  }
  void startPanel() {
    panelScreen = std::make_unique<surface::Screen>();
    panelScreen->addObserver(watcher);
    source_ = std::make_unique<LinkSource>(panelUri_, *panelScreen, nullptr, context);
    source_->start();
  }
  void dropGuest() { sink_.reset(); }
  void dropPanel() {
    source_.reset();
    panelScreen.reset();
  }

  template <typename Draw>
  void paint(Draw draw) {
    const auto frame = guestScreen.paint();
    ASSERT_TRUE(frame);
    draw(*frame);
    guestScreen.damaged(Damage(Rect::of(frame->size)));
  }

  // Turns the loop until `done`, or for as long as `limit`. True when it got done.
  template <typename Done>
  bool runUntil(Done done, milliseconds limit = milliseconds(5000)) {
    bool over = false;
    const base::Timer timer = loop.after(limit, [&] { over = true; });
    while (!done() && !over) loop.turn(true);
    return done();
  }

  bool exact() const {
    return panelScreen->hasPicture() && panelScreen->size() == guestScreen.size() &&
           panelScreen->phase() == surface::Phase::Live &&
           differingPixels(panelScreen->picture(), guestScreen.picture()) == 0;
  }
  bool saw(const InputEvent& event) const {
    return std::find(guest.events.begin(), guest.events.end(), event) != guest.events.end();
  }

  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Guest guest;
  Watcher watcher;
  surface::Screen guestScreen;
  std::unique_ptr<surface::Screen> panelScreen;

 private:
  std::string guestUri_;
  std::string panelUri_;
  std::unique_ptr<LinkSink> sink_;
  std::unique_ptr<LinkSource> source_;
};

enum class Line { Unix, Pty };

class LinkSinkSource : public testing::TestWithParam<Line> {
 protected:
  LinkSinkSource() {
    const std::string path = folder_.path() + "/line";
    const bool pty = GetParam() == Line::Pty;
    chain_.emplace((pty ? "pty:" : "unix-listen:") + path, (pty ? "serial:" : "unix:") + path);
  }
  Chain& chain() { return *chain_; }

 private:
  test::TempDir folder_;
  std::optional<Chain> chain_;
};

INSTANTIATE_TEST_SUITE_P(Lines, LinkSinkSource, testing::Values(Line::Unix, Line::Pty),
                         [](const auto& line) { return line.param == Line::Unix ? "unix" : "pty"; });

TEST_P(LinkSinkSource, ShowThePanelTheGuestsPictureExactly) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  chain().paint([](surface::Frame f) { bench::drawPhoto(f, Rect::of(f.size), 3); });

  EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }));
}

TEST_P(LinkSinkSource, CarryClipboardsBothWaysWhereBothEndsAllowIt) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  const std::string text(surface::kMaxClipboardBytes, 'u');
  chain().guestScreen.guestCopied("not allowed");
  chain().guestScreen.allowClipboard(surface::ClipboardWays::Both);
  chain().panelScreen->allowClipboard(surface::ClipboardWays::Both);

  chain().guestScreen.guestCopied(text);
  chain().panelScreen->offerClipboard("nach innen");

  EXPECT_TRUE(chain().runUntil([&] { return chain().watcher.copied == text; }));
  EXPECT_TRUE(chain().runUntil([&] { return chain().guest.pasted == "nach innen"; }));
}

TEST_P(LinkSinkSource, ThePanelsEndRefusesAClipboardByItself) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  chain().guestScreen.allowClipboard(surface::ClipboardWays::Both);

  chain().guestScreen.guestCopied("a guest that wants out");
  chain().paint([](surface::Frame f) { bench::drawPhoto(f, Rect::of(f.size), 9); });
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  EXPECT_EQ(chain().watcher.copied, "");
}

TEST_P(LinkSinkSource, FollowAChangeOfSize) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  chain().guestScreen.resize({800, 333});
  chain().paint([](surface::Frame f) { bench::drawPhoto(f, Rect::of(f.size), 4); });

  EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }));
}

TEST_P(LinkSinkSource, TakeEveryKeyAndButtonToTheGuestInOrder) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  const std::vector<InputEvent> script = {
      PointerMoved{{10, 20}}, PointerButton{0x110, Transition::Pressed},
      Key{30, Transition::Pressed}, Key{30, Transition::Released},
      PointerButton{0x110, Transition::Released}};

  for (const InputEvent& event : script) chain().panelScreen->input(event);
  chain().runUntil([&] { return chain().guest.events.size() >= script.size(); });

  EXPECT_EQ(chain().guest.events, script);
}

TEST_P(LinkSinkSource, CoalesceMotionButNoTransition) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  for (int i = 0; i < 300; ++i) chain().panelScreen->input(PointerMoved{{i, i}});
  chain().panelScreen->input(Key{31, Transition::Pressed});
  chain().panelScreen->input(Key{31, Transition::Released});
  chain().runUntil([&] { return chain().saw(Key{31, Transition::Released}); });

  EXPECT_LT(chain().guest.events.size(), 100u);
  EXPECT_TRUE(chain().saw(PointerMoved{{299, 299}}));
  EXPECT_TRUE(chain().saw(Key{31, Transition::Pressed}));
}

TEST_P(LinkSinkSource, MoveAPointerOutsideThePictureToItsEdge) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  chain().panelScreen->input(PointerMoved{{5000, 7}});

  EXPECT_TRUE(chain().runUntil([&] { return chain().saw(PointerMoved{{639, 7}}); }));
}

TEST_P(LinkSinkSource, LiftWhatIsHeldWhenThePanelsEndGoes) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  chain().panelScreen->input(Key{42, Transition::Pressed});
  chain().panelScreen->input(PointerButton{0x111, Transition::Pressed});
  ASSERT_TRUE(chain().runUntil([&] { return chain().guest.events.size() >= 2; }));

  chain().dropPanel();

  EXPECT_TRUE(chain().runUntil([&] { return chain().saw(Key{42, Transition::Released}); }));
  EXPECT_TRUE(chain().saw(PointerButton{0x111, Transition::Released}));
  EXPECT_TRUE(chain().runUntil([&] { return !chain().guest.watched; }));
}

TEST_P(LinkSinkSource, AreExactAgainWithinASecondOfThePanelsReturn) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  for (int i = 0; i < 3; ++i) {
    chain().dropPanel();
    chain().paint([&](surface::Frame f) { bench::drawPhoto(f, {0, 0, 300, 300}, 7 + i); });
    chain().runUntil([] { return false; }, milliseconds(30));

    chain().startPanel();

    EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }, milliseconds(1000))) << i;
  }
}

TEST_P(LinkSinkSource, AreExactAgainWithinASecondOfTheGuestsReturn) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  for (int i = 0; i < 3; ++i) {
    chain().dropGuest();
    chain().paint([&](surface::Frame f) { bench::drawText(f, {0, 0, 300, 300}, 70 + i); });
    chain().runUntil([] { return false; }, milliseconds(30));

    chain().startGuest();

    EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }, milliseconds(1000))) << i;
  }
}

TEST_P(LinkSinkSource, KeepTheLastPictureUnderWordsWhileTheGuestIsGone) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  chain().dropGuest();

  EXPECT_TRUE(chain().runUntil(
      [&] { return chain().panelScreen->phase() == surface::Phase::Lost; }));
  EXPECT_NE(chain().panelScreen->phaseWords(), "");
  EXPECT_EQ(differingPixels(chain().panelScreen->picture(), chain().guestScreen.picture()), 0);
}

TEST_P(LinkSinkSource, CarryCursorTitleLedsAndPhase) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  surface::Cursor cursor;
  cursor.size = {32, 24};
  cursor.hotspot = {3, 4};
  for (std::uint32_t i = 0; i < 32 * 24; ++i) cursor.pixels.push_back(i * 0x01030507u);

  chain().guestScreen.setCursor(cursor);
  chain().guestScreen.moveCursor({17, 18});
  chain().guestScreen.setTitle("a guest\nwith a bad name");
  chain().guestScreen.setLeds(5);
  chain().guestScreen.setPhase(surface::Phase::Lost, "the server went away");
  chain().runUntil([&] { return chain().panelScreen->phase() == surface::Phase::Lost; });
  chain().runUntil([&] { return !chain().watcher.moves.empty(); });

  EXPECT_EQ(chain().panelScreen->cursor(), cursor);
  EXPECT_EQ(chain().watcher.moves.back(), (surface::GuestPoint{17, 18}));
  EXPECT_EQ(chain().panelScreen->title(), "a guest?with a bad name");
  EXPECT_EQ(chain().panelScreen->leds(), 5);
  EXPECT_EQ(chain().panelScreen->phaseWords(), "the server went away");
}

TEST_P(LinkSinkSource, PauseWhileNobodyLooksAndCatchUpAfterwards) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));

  chain().panelScreen->setAttention(chain().watcher, false);
  ASSERT_TRUE(chain().runUntil([&] { return !chain().guest.watched; }));
  chain().paint([](surface::Frame f) { bench::drawPhoto(f, Rect::of(f.size), 9); });
  chain().runUntil([] { return false; }, milliseconds(50));
  EXPECT_FALSE(chain().exact());
  chain().panelScreen->setAttention(chain().watcher, true);

  EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  EXPECT_TRUE(chain().guest.watched);
}

TEST_P(LinkSinkSource, TakeTheWantedSizeToTheGuest) {
  chain().panelScreen->wantSize({1024, 600});

  EXPECT_TRUE(chain().runUntil(
      [&] { return chain().guest.wanted == surface::Size{1024, 600}; }));
}

TEST_P(LinkSinkSource, GoOnWhenEveryBufferOfThePanelIsHeldForAWhile) {
  ASSERT_TRUE(chain().runUntil([&] { return chain().exact(); }));
  std::vector<surface::Hold> holds;
  for (int i = 0; i < 6; ++i) {
    holds.push_back(chain().panelScreen->hold());
    chain().paint([&](surface::Frame f) { fillPixels(f, {i * 30, 0, 300, 300}, 0x10203u * i); });
    chain().runUntil([] { return false; }, milliseconds(20));
  }
  EXPECT_FALSE(chain().exact());

  for (surface::Hold& hold : holds) chain().panelScreen->release(std::move(hold));

  EXPECT_TRUE(chain().runUntil([&] { return chain().exact(); }));
}

}  // namespace
}  // namespace lucarne::relay
