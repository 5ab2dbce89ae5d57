// SPDX-License-Identifier: Apache-2.0
#include "link/codec/eighth.h"

#include <gtest/gtest.h>

#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Pixel;
using surface::Rect;
using surface::Size;

TEST(Eighth, IsRoundedUp) {
  EXPECT_EQ(eighthOf({1280, 800}), (Size{160, 100}));
  EXPECT_EQ(eighthOf({1, 1}), (Size{1, 1}));
  EXPECT_EQ(eighthOf({17, 8}), (Size{3, 1}));
}

TEST(Eighth, HasTheMeansOfBlocks) {
  Canvas picture({16, 9}, 0x102030);
  fillPixels(picture.frame(), {8, 0, 8, 4}, 0x302010);
  Canvas small(eighthOf(picture.size()));

  shrinkToEighth(picture.view(), small.frame());

  EXPECT_EQ(small.view().at(0, 0), 0x102030u);
  EXPECT_EQ(small.view().at(1, 0), 0x202020u);
  EXPECT_EQ(small.view().at(0, 1), 0x102030u) << "of the one row that there is";
}

TEST(Eighth, KeepsOneColourWhatTheSize) {
  for (const Size size : {Size{1, 1}, Size{7, 9}, Size{64, 64}, Size{65, 3}}) {
    const Canvas picture(size, 0xfe7f01);
    Canvas small(eighthOf(size));
    Canvas back(size);

    shrinkToEighth(picture.view(), small.frame());
    stretchEighth(small.view(), back.frame());

    EXPECT_EQ(differingPixels(picture.view(), back.view()), 0);
  }
}

TEST(Eighth, IsStretchedWithoutSteps) {
  Canvas small({2, 1}, 0);
  small.frame().at(1, 0) = 0xf0f0f0;
  Canvas back({16, 1});

  stretchEighth(small.view(), back.frame());

  EXPECT_EQ(back.view().at(0, 0), 0u);
  EXPECT_EQ(back.view().at(15, 0), 0xf0f0f0u);
  for (int x = 1; x < 16; ++x) {
    const int step = static_cast<int>(back.view().at(x, 0) & 0xff) - static_cast<int>(back.view().at(x - 1, 0) & 0xff);
    EXPECT_GE(step, 0);
    EXPECT_LE(step, 0xf0 / 8);
  }
}

}  // namespace
}  // namespace lucarne::link
