// SPDX-License-Identifier: Apache-2.0
#include "surface/screen.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fd_leak_check.h"

namespace lucarne::surface {
namespace {

// Writes down what it is told, in order.
class Diary : public ScreenObserver {
 public:
  std::vector<std::string> lines;
  Damage damage;

  void onPicture() override { lines.push_back("picture"); }
  void onBufferChanged() override { lines.push_back("buffer"); }
  void onDamage(const Damage& d) override {
    damage.add(d);
    lines.push_back("damage");
  }
  void onPainted() override { lines.push_back("painted"); }
  void onCursor(const Cursor& c) override { lines.push_back(c.hidden() ? "hidden" : "cursor"); }
  void onCursorMoved(GuestPoint at) override {
    lines.push_back("moved " + std::to_string(at.x) + "," + std::to_string(at.y));
  }
  void onPhase(Phase, const std::string& words) override { lines.push_back("phase " + words); }
  void onTitle(const std::string& title) override { lines.push_back("title " + title); }
  void onLeds(Leds leds) override { lines.push_back("leds " + std::to_string(leds)); }
};

class Controls : public GuestControls {
 public:
  std::vector<bool> attention;
  int picturesWanted = 0;
  std::vector<InputEvent> events;
  Size wanted;

  void onInput(const InputEvent& event) override { events.push_back(event); }
  void onWantedSize(Size size) override { wanted = size; }
  void onAttention(bool watched) override { attention.push_back(watched); }
  void onPictureWanted() override { ++picturesWanted; }
};

void paintAt(Screen& screen, const Rect& r, Pixel colour) {
  const auto frame = screen.paint();
  ASSERT_TRUE(frame);
  fillPixels(*frame, r, colour);
  screen.damaged(Damage(r));
}

TEST(Screen, HasNoPictureAtFirst) {
  const Screen screen;

  EXPECT_FALSE(screen.hasPicture());
  EXPECT_EQ(screen.size(), Size{});
  EXPECT_EQ(screen.phase(), Phase::Waiting);
  EXPECT_EQ(screen.hold(), nullptr);
}

TEST(Screen, TellsOfAPictureThenItsDamageThenThatItIsWhole) {
  Screen screen;
  Diary diary;
  screen.addObserver(diary);

  screen.resize({100, 100});
  paintAt(screen, {10, 10, 5, 5}, 0xff);

  EXPECT_EQ(diary.lines, (std::vector<std::string>{"picture", "damage", "painted"}));
  EXPECT_EQ(diary.damage.rects(), std::vector<Rect>({{10, 10, 5, 5}}));
  screen.removeObserver(diary);
}

TEST(Screen, KeepsTheOldPictureWhereItOverlapsANewSize) {
  Screen screen;
  screen.resize({10, 10});
  paintAt(screen, {0, 0, 10, 10}, 0x123456);

  screen.resize({20, 5});

  EXPECT_EQ(screen.picture().at(9, 4), 0x123456u);
  EXPECT_EQ(screen.picture().at(10, 4), 0u);
}

TEST(Screen, AnEqualSizeIsNoNews) {
  Screen screen;
  screen.resize({10, 10});
  Diary diary;
  screen.addObserver(diary);

  screen.resize({10, 10});

  EXPECT_TRUE(diary.lines.empty());
  screen.removeObserver(diary);
}

TEST(Screen, PaintsInTheSameBufferWhileNobodyHoldsIt) {
  Screen screen;
  screen.resize({10, 10});
  const Pixel* before = screen.picture().pixels;

  paintAt(screen, {0, 0, 1, 1}, 1);
  paintAt(screen, {1, 0, 1, 1}, 2);

  EXPECT_EQ(screen.picture().pixels, before);
}

TEST(Screen, NeverPaintsOverAPictureThatIsHeld) {
  Screen screen;
  screen.resize({10, 10});
  paintAt(screen, {0, 0, 10, 10}, 1);
  Diary diary;
  screen.addObserver(diary);
  const Hold hold = screen.hold();

  paintAt(screen, {5, 5, 1, 1}, 2);

  EXPECT_EQ(hold->frame().at(5, 5), 1u);
  EXPECT_EQ(screen.picture().at(5, 5), 2u);
  EXPECT_EQ(screen.picture().at(4, 5), 1u) << "the rest of the picture came along";
  EXPECT_EQ(diary.lines, (std::vector<std::string>{"buffer", "damage", "painted"}));
  screen.removeObserver(diary);
}

TEST(Screen, EveryBufferCatchesUpWithWhatItMissed) {
  Screen screen;
  screen.resize({30, 1});
  auto expected = FrameBuffer::create({30, 1});
  Hold held;
  // Holds the latest picture now and then, so that painting wanders through all buffers.
  for (int i = 0; i < 30; ++i) {
    if (i % 3 != 2) held = screen.hold();
    const Rect r{(i * 7) % 30, 0, 1, 1};
    fillPixels(expected.frame(), r, static_cast<Pixel>(i + 1));

    paintAt(screen, r, static_cast<Pixel>(i + 1));

    ASSERT_EQ(differingPixels(screen.picture(), expected.frame()), 0) << "paint " << i;
  }
}

TEST(Screen, RefusesToPaintWhileEveryBufferIsHeldAndSaysWhenItCanAgain) {
  Screen screen;
  screen.resize({10, 10});
  int callbacks = 0;
  screen.onPaintable([&] { ++callbacks; });
  std::vector<Hold> holds;
  for (int i = 0; i < Screen::kBuffers - 1; ++i) {
    holds.push_back(screen.hold());
    paintAt(screen, {i, 0, 1, 1}, 1);
  }
  holds.push_back(screen.hold());

  EXPECT_EQ(screen.paint(), std::nullopt);
  EXPECT_EQ(callbacks, 0);

  screen.release(std::move(holds[0]));

  EXPECT_EQ(callbacks, 1);
  EXPECT_TRUE(screen.paint());
}

TEST(Screen, ReleaseIsQuietWhenNobodyWaits) {
  Screen screen;
  screen.resize({10, 10});
  int callbacks = 0;
  screen.onPaintable([&] { ++callbacks; });

  screen.release(screen.hold());

  EXPECT_EQ(callbacks, 0);
}

TEST(Screen, KeepsOneFrameForAWholePaintWhoeverTakesHoldMeanwhile) {
  Screen screen;
  screen.resize({10, 10});
  const auto first = screen.paint();
  ASSERT_TRUE(first);
  EXPECT_TRUE(screen.isPainting());

  const Hold hold = screen.hold();
  const auto second = screen.paint();

  ASSERT_TRUE(second);
  EXPECT_EQ(first->pixels, second->pixels);
  screen.damaged({});
  EXPECT_FALSE(screen.isPainting());
}

TEST(Screen, SaysThatAPaintEndedEvenWithoutDamage) {
  Screen screen;
  screen.resize({10, 10});
  Diary diary;
  screen.addObserver(diary);

  screen.paint();
  screen.damaged({});

  EXPECT_EQ(diary.lines, std::vector<std::string>{"painted"});
  screen.removeObserver(diary);
}

TEST(Screen, CutsDamageToThePicture) {
  Screen screen;
  screen.resize({10, 10});
  Diary diary;
  screen.addObserver(diary);

  screen.paint();
  screen.damaged(Damage({5, 5, 100, 100}));

  EXPECT_EQ(diary.damage.rects(), std::vector<Rect>({{5, 5, 5, 5}}));
  screen.removeObserver(diary);
}

TEST(Screen, AHoldOutlivesANewSize) {
  Screen screen;
  screen.resize({10, 10});
  paintAt(screen, {0, 0, 10, 10}, 7);
  const Hold hold = screen.hold();

  screen.resize({20, 20});
  paintAt(screen, {0, 0, 20, 20}, 9);

  EXPECT_EQ(hold->size(), (Size{10, 10}));
  EXPECT_EQ(hold->frame().at(9, 9), 7u);
}

TEST(Screen, GivesBuffersBackAfterANewSize) {
  const test::FdLeakCheck check;
  {
    Screen screen;
    for (int i = 1; i < 20; ++i) {
      screen.resize({i * 10, 10});
      const Hold hold = screen.hold();
      paintAt(screen, {0, 0, 1, 1}, 1);
    }
  }

  EXPECT_EQ(check.leaked(), "");
}

TEST(Screen, TellsEachChangeOfStateOnce) {
  Screen screen;
  Diary diary;
  screen.addObserver(diary);
  Cursor cursor{{1, 1}, {0, 0}, {0xffffffff}};

  for (int twice = 0; twice < 2; ++twice) {
    screen.setCursor(cursor);
    screen.setPhase(Phase::Live, "up");
    screen.setTitle("vm");
    screen.setLeds(2);
  }
  screen.setPhase(Phase::Lost, "gone");
  screen.moveCursor({3, 4});
  screen.setCursor({});

  EXPECT_EQ(diary.lines, (std::vector<std::string>{"cursor", "phase up", "title vm", "leds 2",
                                                   "phase gone", "moved 3,4", "hidden"}));
  screen.removeObserver(diary);
}

TEST(Screen, SendsInputAndWishesToItsControls) {
  Screen screen;
  Controls controls;
  screen.input(Key{30, Transition::Pressed});  // nobody there yet: dropped
  screen.setControls(&controls);

  screen.input(Key{31, Transition::Pressed});
  screen.wantSize({800, 600});

  EXPECT_EQ(controls.events, std::vector<InputEvent>{(Key{31, Transition::Pressed})});
  EXPECT_EQ(controls.wanted, (Size{800, 600}));
}

TEST(Screen, TellsTheSourceWhenTheLastWatcherLooksAwayAndWhenOneLooksAgain) {
  Screen screen;
  Controls controls;
  screen.setControls(&controls);
  Diary a;
  Diary b;
  screen.addObserver(a);
  screen.addObserver(b);

  screen.setAttention(a, false);
  EXPECT_TRUE(controls.attention.empty());
  screen.setAttention(b, false);
  EXPECT_EQ(controls.attention, std::vector<bool>({false}));
  screen.setAttention(a, true);
  EXPECT_EQ(controls.attention, std::vector<bool>({false, true}));

  screen.removeObserver(a);
  EXPECT_EQ(controls.attention, std::vector<bool>({false, true, false}));
  screen.removeObserver(b);
}

TEST(Screen, IsPacedOnceEverybodyWhoLooksSaysWhenAPictureIsWanted) {
  Screen screen;
  Controls controls;
  screen.setControls(&controls);
  Diary slow;
  Diary fast;
  screen.addObserver(slow);
  screen.addObserver(fast);
  EXPECT_FALSE(screen.isPaced());

  screen.wantPicture(slow);
  EXPECT_EQ(controls.picturesWanted, 1);
  EXPECT_FALSE(screen.isPaced());
  screen.setAttention(fast, false);
  EXPECT_TRUE(screen.isPaced());
  screen.setAttention(fast, true);
  EXPECT_FALSE(screen.isPaced());
  screen.removeObserver(fast);
  EXPECT_TRUE(screen.isPaced());
  screen.removeObserver(slow);
}

TEST(Screen, TellsControlsThatComeLateWhetherAnybodyLooks) {
  Screen screen;
  Controls controls;
  Diary diary;
  screen.addObserver(diary);
  screen.setAttention(diary, false);

  screen.setControls(&controls);

  EXPECT_EQ(controls.attention, std::vector<bool>({false}));
  screen.removeObserver(diary);
}

TEST(Screen, TellsControlsThatComeLateOfTheSizeThatIsWanted) {
  Screen screen;
  Controls controls;
  screen.wantSize({1280, 800});

  screen.setControls(&controls);

  EXPECT_EQ(controls.wanted, (Size{1280, 800}));
}

// An observer that goes away, or takes another one away, while being told.
class Leaver : public ScreenObserver {
 public:
  Leaver(Screen& screen, ScreenObserver* other) : screen_(screen), other_(other) {}
  void onTitle(const std::string&) override {
    ++told;
    screen_.removeObserver(*this);
    if (other_) screen_.removeObserver(*other_);
  }
  int told = 0;

 private:
  Screen& screen_;
  ScreenObserver* other_;
};

TEST(Screen, ObserversMayLeaveWhileBeingTold) {
  Screen screen;
  Diary diary;
  Leaver leaver(screen, &diary);
  screen.addObserver(leaver);
  screen.addObserver(diary);

  screen.setTitle("one");
  screen.setTitle("two");

  EXPECT_EQ(leaver.told, 1);
  EXPECT_TRUE(diary.lines.empty()) << "it was taken away before its turn";
}

}  // namespace
}  // namespace lucarne::surface
