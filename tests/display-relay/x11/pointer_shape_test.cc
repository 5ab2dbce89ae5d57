// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/pointer_shape.h"

#include <gtest/gtest.h>

namespace lucarne::relay::x11 {
namespace {

TEST(PointerShape, IsWithoutThePremultiplication) {
  const std::uint32_t words[] = {0xff102030, 0x80402010, 0x00ffffff, 0x01010101};

  const auto cursor = pointerShape({2, 2}, {1, 1}, words);

  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->size, (surface::Size{2, 2}));
  EXPECT_EQ(cursor->hotspot, (surface::GuestPoint{1, 1}));
  EXPECT_EQ(cursor->pixels, (std::vector<std::uint32_t>{0xff102030, 0x80804020, 0, 0x01ffffff}));
}

TEST(PointerShape, ClampsColoursThatAreMoreThanTheirAlphaAllows) {
  const std::uint32_t words[] = {0x10ff0008};

  EXPECT_EQ(pointerShape({1, 1}, {0, 0}, words)->pixels.at(0), 0x10ff0080u);
}

TEST(PointerShape, HidesThePointerWhenNothingCanBeSeen) {
  const std::uint32_t words[] = {0x00ffffff, 0};

  const auto cursor = pointerShape({2, 1}, {0, 0}, words);

  ASSERT_TRUE(cursor);
  EXPECT_TRUE(cursor->hidden());
}

TEST(PointerShape, KeepsTheHotspotInside) {
  const std::uint32_t words[] = {0xffffffff, 0xffffffff};

  EXPECT_EQ(pointerShape({2, 1}, {7, 7}, words)->hotspot, (surface::GuestPoint{1, 0}));
  EXPECT_EQ(pointerShape({2, 1}, {-7, -7}, words)->hotspot, (surface::GuestPoint{0, 0}));
}

TEST(PointerShape, IsNoneWithFewerWordsThanItsSizeClaims) {
  const std::vector<std::uint32_t> words(15, 0xffffffff);

  EXPECT_FALSE(pointerShape({4, 4}, {0, 0}, words));
  EXPECT_FALSE(pointerShape({1, 1}, {0, 0}, {}));
  EXPECT_TRUE(pointerShape({5, 3}, {0, 0}, words));
}

TEST(PointerShape, IsNoneWithoutASizeOrWithOneTooLarge) {
  const std::vector<std::uint32_t> words(300 * 300, 0xffffffff);

  EXPECT_FALSE(pointerShape({0, 4}, {0, 0}, words));
  EXPECT_FALSE(pointerShape({4, 0}, {0, 0}, words));
  EXPECT_FALSE(pointerShape({surface::kMaxCursorSide + 1, 1}, {0, 0}, words));
  EXPECT_FALSE(pointerShape({1, surface::kMaxCursorSide + 1}, {0, 0}, words));
  EXPECT_TRUE(pointerShape({surface::kMaxCursorSide, surface::kMaxCursorSide}, {0, 0}, words));
}

}  // namespace
}  // namespace lucarne::relay::x11
