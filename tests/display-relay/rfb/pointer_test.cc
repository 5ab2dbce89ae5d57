// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/pointer.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

namespace lucarne::relay::rfb {
namespace {

using surface::Transition;

struct Sent {
  int buttons;
  int x;
  int y;
  friend bool operator==(const Sent&, const Sent&) = default;
};
void PrintTo(const Sent& s, std::ostream* out) {
  *out << "buttons " << s.buttons << " at " << s.x << "," << s.y;
}
using Events = std::vector<Sent>;

/// What a server reads, which knows the extension or not.
Events parse(const Outgoing& out, bool extended = false) {
  Events events;
  base::ByteReader reader(out);
  while (reader.left() > 0) {
    EXPECT_EQ(reader.u8(), 5);
    Sent s{};
    s.buttons = reader.u8();
    s.x = reader.u16be();
    s.y = reader.u16be();
    if (extended && s.buttons & 0x80) s.buttons = (s.buttons & 0x7f) | reader.u8() << 7;
    events.push_back(s);
  }
  EXPECT_TRUE(reader.done());
  return events;
}

class PointerTest : public ::testing::Test {
 protected:
  PointerTest() { pointer_.setSize({100, 50}); }
  void move(int x, int y, Line line = Line::Free) { pointer_.move({{x, y}}, line, out_); }
  void press(int code, bool down = true) {
    pointer_.press({static_cast<std::uint16_t>(code), down ? Transition::Pressed : Transition::Released},
                   out_);
  }

  Pointer pointer_;
  Outgoing out_;
};

TEST_F(PointerTest, SendsMotionAndButtons) {
  move(10, 20);
  press(BTN_LEFT);
  press(BTN_RIGHT);
  press(BTN_LEFT, false);
  press(BTN_MIDDLE);

  EXPECT_EQ(parse(out_), (Events{{0, 10, 20}, {1, 10, 20}, {5, 10, 20}, {4, 10, 20}, {6, 10, 20}}));
}

TEST_F(PointerTest, StaysOnThePicture) {
  move(-5, 1000);
  move(100, 50);

  EXPECT_EQ(parse(out_), (Events{{0, 0, 49}, {0, 99, 49}}));
}

TEST_F(PointerTest, KeepsOnlyTheLastPlaceWhileTheLineIsFull) {
  move(1, 1, Line::Full);
  move(2, 2, Line::Full);
  move(3, 3, Line::Full);
  EXPECT_TRUE(out_.empty());

  pointer_.flush(out_);
  pointer_.flush(out_);

  EXPECT_EQ(parse(out_), (Events{{0, 3, 3}}));
}

TEST_F(PointerTest, NeverLetsAButtonOvertakeTheMotionBeforeIt) {
  move(1, 1, Line::Full);
  move(7, 8, Line::Full);
  press(BTN_LEFT);

  EXPECT_EQ(parse(out_), (Events{{0, 7, 8}, {1, 7, 8}}));
}

TEST_F(PointerTest, TurnsNotchesIntoButtons) {
  move(5, 5);
  out_.clear();
  pointer_.roll({0, 240}, out_);
  pointer_.roll({-120, 0}, out_);
  pointer_.roll({120, -120}, out_);

  EXPECT_EQ(parse(out_), (Events{{16, 5, 5}, {0, 5, 5}, {16, 5, 5}, {0, 5, 5}, {32, 5, 5}, {0, 5, 5},
                                 {64, 5, 5}, {0, 5, 5}, {8, 5, 5}, {0, 5, 5}}));
}

TEST_F(PointerTest, AddsUpPartsOfANotch) {
  for (int i = 0; i < 7; ++i) pointer_.roll({0, 15}, out_);
  EXPECT_TRUE(out_.empty());
  pointer_.roll({0, 15}, out_);
  EXPECT_EQ(parse(out_).size(), 2u);

  out_.clear();
  pointer_.roll({0, 100}, out_);
  pointer_.roll({0, -100}, out_);  // turning back starts anew
  EXPECT_TRUE(out_.empty());
}

TEST_F(PointerTest, TurnsTheWheelOnlySoFarAtOnce) {
  pointer_.roll({0, INT32_MAX}, out_);
  pointer_.roll({INT32_MIN, 0}, out_);

  EXPECT_EQ(parse(out_).size(), 2u * 2 * 32);
}

TEST_F(PointerTest, HoldsButtonsWhileTheWheelTurns) {
  press(BTN_LEFT);
  out_.clear();
  pointer_.roll({0, 120}, out_);

  EXPECT_EQ(parse(out_), (Events{{17, 0, 0}, {1, 0, 0}}));
}

TEST_F(PointerTest, SendsBackAndForwardAsTheServerKnowsThem) {
  press(BTN_SIDE);
  press(BTN_EXTRA);
  EXPECT_EQ(parse(out_), (Events{{0x80, 0, 0}, {0x80, 0, 0}})) << "button 8 fits, button 9 does not";

  Pointer extended;
  extended.setExtended();
  Outgoing out;
  extended.press({BTN_SIDE, Transition::Pressed}, out);
  extended.press({BTN_EXTRA, Transition::Pressed}, out);
  extended.press({BTN_LEFT, Transition::Pressed}, out);
  extended.lift(out);
  EXPECT_EQ(parse(out, true), (Events{{0x80, 0, 0}, {0x180, 0, 0}, {0x181, 0, 0}, {0, 0, 0}}));
}

TEST_F(PointerTest, IgnoresButtonsThatAreNone) {
  press(BTN_LEFT - 1);
  press(KEY_A);
  press(BTN_TASK + 1);
  press(0);
  EXPECT_TRUE(out_.empty());
}

TEST_F(PointerTest, SendsDifferencesInRelativeMode) {
  pointer_.setMode(PointerMode::Relative);
  move(10, 10);
  move(15, 8);
  press(BTN_LEFT);
  pointer_.nudge({3 * 256, -2 * 256}, Line::Free, out_);

  EXPECT_EQ(parse(out_), (Events{{0, 0x7fff, 0x7fff}, {0, 0x7fff + 5, 0x7fff - 2},
                                 {1, 0x7fff, 0x7fff}, {1, 0x7fff + 3, 0x7fff - 2}}));
}

TEST_F(PointerTest, AddsUpDifferencesWhileTheLineIsFull) {
  pointer_.setMode(PointerMode::Relative);
  for (int i = 0; i < 4; ++i) pointer_.nudge({256 + 64, 0}, Line::Full, out_);
  EXPECT_TRUE(out_.empty());
  press(BTN_LEFT);

  EXPECT_EQ(parse(out_), (Events{{0, 0x7fff + 5, 0x7fff}, {1, 0x7fff, 0x7fff}}));
}

TEST_F(PointerTest, KeepsDifferencesWithinTheirField) {
  pointer_.setMode(PointerMode::Relative);
  for (int i = 0; i < 5; ++i) pointer_.nudge({INT32_MAX, INT32_MIN}, Line::Full, out_);
  pointer_.flush(out_);

  EXPECT_EQ(parse(out_), (Events{{0, 0xfffe, 0}}));
}

TEST_F(PointerTest, PushesAnAbsolutePointerByDifferences) {
  move(10, 10);
  out_.clear();
  pointer_.nudge({128, 128}, Line::Free, out_);
  EXPECT_TRUE(out_.empty());
  pointer_.nudge({128, 640}, Line::Free, out_);

  EXPECT_EQ(parse(out_), (Events{{0, 11, 13}}));
}

TEST_F(PointerTest, LiftsButtonsOnce) {
  move(10, 10);
  press(BTN_RIGHT);
  out_.clear();
  pointer_.lift(out_);
  pointer_.lift(out_);

  EXPECT_EQ(parse(out_), (Events{{0, 10, 10}}));
}

TEST_F(PointerTest, PassesOnTheReleaseOfWhatAConnectionBeforeItMayHavePressed) {
  move(10, 10);
  out_.clear();
  pointer_.press({BTN_LEFT, Transition::Released}, out_);

  EXPECT_EQ(parse(out_), (Events{{0, 10, 10}}));
}

}  // namespace
}  // namespace lucarne::relay::rfb
