// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/keyboard.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <cstdlib>

namespace lucarne::relay::rfb {
namespace {

using surface::Transition;

struct Sent {
  bool down;
  std::uint32_t keysym;
  int scancode;  // -1: a plain KeyEvent
  friend bool operator==(const Sent&, const Sent&) = default;
};
void PrintTo(const Sent& s, std::ostream* out) {
  *out << (s.down ? "down " : "up ") << std::hex << s.keysym << " scancode " << s.scancode;
}
using Events = std::vector<Sent>;

Events parse(const Outgoing& out) {
  Events events;
  base::ByteReader reader(out);
  while (reader.left() > 0) {
    Sent s{};
    if (reader.u8() == 255) {
      EXPECT_EQ(reader.u8(), 0);
      s.down = reader.u16be() != 0;
      s.keysym = reader.u32be();
      s.scancode = static_cast<int>(reader.u32be());
    } else {
      s.down = reader.u8() != 0;
      reader.skip(2);
      s.keysym = reader.u32be();
      s.scancode = -1;
    }
    events.push_back(s);
  }
  EXPECT_TRUE(reader.done());
  return events;
}

class KeyboardTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ::setenv("XKB_DEFAULT_LAYOUT", "us", 1); }
  void press(int code) { keyboard_.encode({static_cast<std::uint16_t>(code), Transition::Pressed}, out_); }
  void release(int code) {
    keyboard_.encode({static_cast<std::uint16_t>(code), Transition::Released}, out_);
  }

  Keyboard keyboard_{base::Log::discard()};
  Outgoing out_;
};

TEST_F(KeyboardTest, SendsSymbolsThatFollowShift) {
  press(KEY_A);
  release(KEY_A);
  press(KEY_LEFTSHIFT);
  press(KEY_A);
  release(KEY_LEFTSHIFT);
  release(KEY_A);

  EXPECT_EQ(parse(out_), (Events{{true, 'a', -1}, {false, 'a', -1}, {true, XKB_KEY_Shift_L, -1},
                                 {true, 'A', -1}, {false, XKB_KEY_Shift_L, -1}, {false, 'A', -1}}))
      << "a key is released as it was pressed";
}

TEST_F(KeyboardTest, SendsScanCodesWhereTheServerTakesThem) {
  keyboard_.setMode(KeyMode::Scancodes);
  press(KEY_UP);
  release(KEY_UP);

  EXPECT_EQ(parse(out_), (Events{{true, XKB_KEY_Up, 0xc8}, {false, XKB_KEY_Up, 0xc8}}));
}

TEST_F(KeyboardTest, ReleasesAsItPressedWhenTheModeChangesMeanwhile) {
  press(KEY_A);
  keyboard_.setMode(KeyMode::Scancodes);
  release(KEY_A);

  EXPECT_EQ(parse(out_), (Events{{true, 'a', -1}, {false, 'a', -1}}));
}

TEST_F(KeyboardTest, RepeatsAHeldKey) {
  press(KEY_A);
  press(KEY_A);
  release(KEY_A);
  EXPECT_EQ(parse(out_), (Events{{true, 'a', -1}, {true, 'a', -1}, {false, 'a', -1}}));
}

TEST_F(KeyboardTest, PassesOnTheReleaseOfWhatAConnectionBeforeItMayHavePressed) {
  release(KEY_A);
  keyboard_.setMode(KeyMode::Scancodes);
  release(KEY_UP);
  EXPECT_EQ(parse(out_), (Events{{false, 'a', -1}, {false, XKB_KEY_Up, 0xc8}}));
}

TEST_F(KeyboardTest, DropsKeysThatNobodyKnows) {
  press(0x2ff);
  release(0x2ff);
  EXPECT_TRUE(out_.empty());
}

TEST_F(KeyboardTest, LiftsEverythingOnce) {
  press(KEY_LEFTCTRL);
  press(KEY_C);
  out_.clear();
  keyboard_.lift(out_);
  keyboard_.lift(out_);
  EXPECT_EQ(parse(out_), (Events{{false, XKB_KEY_Control_L, -1}, {false, 'c', -1}}));

  out_.clear();
  press(KEY_A);
  EXPECT_EQ(parse(out_), (Events{{true, 'a', -1}})) << "no modifier is left behind";
}

TEST_F(KeyboardTest, ForgetsWithItsConnection) {
  keyboard_.setMode(KeyMode::Scancodes);
  press(KEY_LEFTSHIFT);
  keyboard_.forget();
  out_.clear();
  press(KEY_A);
  EXPECT_EQ(parse(out_), (Events{{true, 'a', -1}}));
}

TEST_F(KeyboardTest, FollowsTheLockLightsOfTheGuest) {
  keyboard_.setLeds(1 << 1);  // Caps
  press(KEY_A);
  release(KEY_A);
  keyboard_.setLeds(1 << 0);  // Num
  press(KEY_A);
  press(KEY_KP7);
  keyboard_.setLeds(0);
  release(KEY_KP7);
  press(KEY_KP7);

  EXPECT_EQ(parse(out_), (Events{{true, 'A', -1}, {false, 'A', -1}, {true, 'a', -1},
                                 {true, XKB_KEY_KP_7, -1}, {false, XKB_KEY_KP_7, -1},
                                 {true, XKB_KEY_KP_Home, -1}}));
}

}  // namespace
}  // namespace lucarne::relay::rfb
