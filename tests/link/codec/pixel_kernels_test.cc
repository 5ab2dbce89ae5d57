// SPDX-License-Identifier: Apache-2.0
// The fast loops against the plain ones, on random pictures with few and many differences.
#include "link/codec/pixel_kernels.h"

#include <gtest/gtest.h>

#include <random>

#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Pixel;
using surface::Rect;

class PixelKernels : public testing::TestWithParam<std::uint32_t> {
 protected:
  PixelKernels() : random_(GetParam()), a_({137, 70}), b_({137, 70}) {
    bench::drawNoise(a_.frame(), Rect::of(a_.size()), GetParam());
    // The same colours under other X bytes, then a few pixels that really differ.
    copyColours(a_.view(), b_.frame(), Rect::of(a_.size()), 0x55000000);
    for (std::uint32_t i = random_() % 4; i > 0; --i) {
      b_.frame().at(static_cast<int>(random_() % 137), static_cast<int>(random_() % 70)) ^= 0x400;
    }
    const int x = static_cast<int>(random_() % 137);
    const int y = static_cast<int>(random_() % 70);
    r_ = {x, y, 1 + static_cast<int>(random_() % static_cast<unsigned>(137 - x)),
          1 + static_cast<int>(random_() % static_cast<unsigned>(70 - y))};
  }

  std::minstd_rand random_;
  Canvas a_;
  Canvas b_;
  Rect r_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, PixelKernels, testing::Range(1u, 200u));

TEST_P(PixelKernels, FindTheSameDifferencesAsTheReference) {
  EXPECT_EQ(differingBox(a_.view(), b_.view(), r_), reference::differingBox(a_.view(), b_.view(), r_));
}

TEST_P(PixelKernels, AgreeWithTheReferenceOnWhatIsTheSame) {
  const int bx = static_cast<int>(random_() % static_cast<unsigned>(138 - r_.width));
  const int by = static_cast<int>(random_() % static_cast<unsigned>(71 - r_.height));

  EXPECT_EQ(sameColours(a_.view(), r_, b_.view(), bx, by),
            reference::sameColours(a_.view(), r_, b_.view(), bx, by));
  EXPECT_EQ(sameColours(a_.view(), r_, b_.view(), r_.x, r_.y),
            reference::sameColours(a_.view(), r_, b_.view(), r_.x, r_.y));
}

TEST_P(PixelKernels, CopyAndMarkAsTheReferenceDoes) {
  Canvas fast({137, 70}, 7);
  Canvas plain({137, 70}, 7);

  copyColours(a_.view(), fast.frame(), r_, kInexact);
  reference::copyColours(a_.view(), plain.frame(), r_, kInexact);

  for (int y = 0; y < 70; ++y) {
    for (int x = 0; x < 137; ++x) ASSERT_EQ(fast.view().at(x, y), plain.view().at(x, y));
  }
  const Rect all = Rect::of(fast.size());
  EXPECT_EQ(markedBox(fast.view(), all), r_);
  EXPECT_EQ(markedBox(fast.view(), all), reference::markedBox(fast.view(), all));
}

TEST_P(PixelKernels, AgreeWithTheReferenceOnWhatIsSolid) {
  Canvas flat({137, 70}, 0x11abcdef);
  if (random_() % 2 == 0) flat.frame().at(60, 30) = 0x00abcdee;
  Pixel fast = 0;
  Pixel plain = 0;

  const bool solid = isSolid(flat.view(), r_, fast);

  EXPECT_EQ(solid, reference::isSolid(flat.view(), r_, plain));
  if (solid) {
    EXPECT_EQ(fast, plain);
  }
}

TEST(LooksPhotographic, TellsTextFromPhotographs) {
  Canvas c({64, 64});
  const Rect all = Rect::of(c.size());

  bench::drawText(c.frame(), all, 1);
  EXPECT_FALSE(looksPhotographic(c.view(), all));
  bench::drawPhoto(c.frame(), all, 1);
  EXPECT_TRUE(looksPhotographic(c.view(), all));
  EXPECT_TRUE(looksPhotographic(c.view(), {7, 0, 1, 64}));
  EXPECT_TRUE(looksPhotographic(c.view(), {0, 5, 64, 1}));
}

TEST(PixelKernels, TakesAGrainyWallForAPhotographAndAFadingOneNot) {
  Canvas c({64, 64});
  const Rect all = Rect::of(c.size());
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const auto grey = static_cast<Pixel>(90 + y / 4);
      c.frame().at(x, y) = grey * 0x010101u;
    }
  }
  EXPECT_FALSE(looksPhotographic(c.view(), all));
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const auto grain = static_cast<Pixel>((x * 7 + y * 13) % 5);
      c.frame().at(x, y) += grain + (grain << 9 & 0x00ff00) + (y % 8 << 16);
    }
  }
  EXPECT_TRUE(looksPhotographic(c.view(), all));
}

}  // namespace
}  // namespace lucarne::link
