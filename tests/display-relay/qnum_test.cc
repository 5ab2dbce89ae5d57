// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qnum.h"

#include <linux/input-event-codes.h>

#include <set>

#include <gtest/gtest.h>

#include "surface/input_event.h"

namespace lucarne::relay {
namespace {

TEST(Qnum, KnowsTheKeysOfAPcKeyboard) {
  EXPECT_EQ(qnumOf(KEY_ESC), 0x01);
  EXPECT_EQ(qnumOf(KEY_A), 0x1e);
  EXPECT_EQ(qnumOf(KEY_KPDOT), 0x53);
  EXPECT_EQ(qnumOf(KEY_102ND), 0x56);
  EXPECT_EQ(qnumOf(KEY_F12), 0x58);
  EXPECT_EQ(qnumOf(KEY_RIGHTCTRL), 0x9d);
  EXPECT_EQ(qnumOf(KEY_RIGHTALT), 0xb8);
  EXPECT_EQ(qnumOf(KEY_UP), 0xc8);
  EXPECT_EQ(qnumOf(KEY_DELETE), 0xd3);
  EXPECT_EQ(qnumOf(KEY_LEFTMETA), 0xdb);
}

TEST(Qnum, HasNothingForOtherCodes) {
  EXPECT_EQ(qnumOf(KEY_RESERVED), std::nullopt);
  EXPECT_EQ(qnumOf(BTN_LEFT), std::nullopt);
  EXPECT_EQ(qnumOf(surface::kMaxEvdevCode), std::nullopt);
  EXPECT_EQ(qnumOf(65535), std::nullopt);
}

TEST(Qnum, NoTwoKeysShareANumber) {
  std::set<std::uint8_t> seen;
  for (std::uint16_t code = 0; code <= surface::kMaxEvdevCode; ++code) {
    if (const auto qnum = qnumOf(code)) {
      EXPECT_TRUE(seen.insert(*qnum).second) << "evdev " << code;
    }
  }
  EXPECT_GT(seen.size(), 140u);
}

}  // namespace
}  // namespace lucarne::relay
