// SPDX-License-Identifier: Apache-2.0
#include "link/codec/text_regions.h"

#include <gtest/gtest.h>

#include "bench/drawn_pictures.h"
#include "link/codec/wire.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Rect;
using surface::Size;

constexpr Size kScreen{640, 400};

Canvas photograph() {
  Canvas c(kScreen);
  bench::drawPhoto(c.frame(), Rect::of(kScreen), 3);
  return c;
}

TEST(TextRegions, TakeAPageWhole) {
  Canvas page(kScreen);
  bench::drawText(page.frame(), Rect::of(kScreen), 1);

  const auto regions = findTextRegions(page.view(), {Rect::of(kScreen)});

  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0], Rect::of(kScreen));
}

TEST(TextRegions, AreNotInAPhotograph) {
  const Canvas photo = photograph();

  EXPECT_TRUE(findTextRegions(photo.view(), {Rect::of(kScreen)}).empty());
}

TEST(TextRegions, FindANoteOnAPhotographToThePixel) {
  const Rect note{101, 83, 333, 201};
  Canvas c = photograph();
  fillPixels(c.frame(), note, 0xfff8d0);
  bench::drawText(c.frame(), {note.x + 12, note.y + 12, note.width - 24, note.height - 24}, 1);

  const auto regions = findTextRegions(c.view(), {Rect::of(kScreen)});

  ASSERT_FALSE(regions.empty());
  EXPECT_EQ(regions[0], note);
}

TEST(TextRegions, GrowOverAFrameOfOneColour) {
  const Rect note{106, 74, 426, 266};
  Canvas c = photograph();
  fillPixels(c.frame(), note, 0xfff8d0);
  bench::drawText(c.frame(), {note.x + 12, note.y + 12, 402, 242}, 1);  // on white

  const auto regions = findTextRegions(c.view(), {Rect::of(kScreen)});

  ASSERT_FALSE(regions.empty());
  EXPECT_EQ(regions[0], note);
}

TEST(TextRegions, LookOnlyWhereSomethingChanged) {
  Canvas page(kScreen);
  bench::drawText(page.frame(), Rect::of(kScreen), 1);

  const auto regions = findTextRegions(page.view(), {{128, 64, 256, 128}});

  ASSERT_EQ(regions.size(), 1u);
  EXPECT_GE(regions[0].x, 128 - 15);
  EXPECT_LE(regions[0].right(), 384 + 15);
  EXPECT_TRUE(findTextRegions(page.view(), {}).empty());
}

TEST(TextRegions, AreNoMoreThanADozen) {
  Canvas c = photograph();
  for (int i = 0; i < 30; ++i) fillPixels(c.frame(), {i % 6 * 104 + 8, i / 6 * 78 + 6, 80, 64}, 0xffffff);

  EXPECT_EQ(findTextRegions(c.view(), {Rect::of(kScreen)}).size(), 12u);
}

// Every part but the last ends where a line of text begins, and together they are the region.
TEST(TextRegions, AreCutBetweenLines) {
  constexpr int kLine = 18;
  constexpr int kTop = 7;
  Canvas page(kScreen, 0xffffff);
  for (int y = kTop; y + kLine < kScreen.height; y += kLine) {
    bench::drawLetter(page.frame(), {20, y}, 5);
    bench::drawLetter(page.frame(), {30, y}, 9);
    fillPixels(page.frame(), {50, y, 3, 16}, 0);
    fillPixels(page.frame(), {60, y, 3, 16}, 0);
  }

  const auto parts = cutAtLines(page.view(), Rect::of(kScreen));

  int bottom = 0;
  for (const Rect& part : parts) {
    EXPECT_EQ(part.y, bottom);
    EXPECT_LE(part.height, kTile);
    bottom = part.bottom();
    EXPECT_TRUE(bottom == kScreen.height || (bottom - kTop) % kLine == 0) << bottom;
  }
  EXPECT_EQ(bottom, kScreen.height);
  EXPECT_GT(parts.size(), 5u);
}

TEST(TextRegions, AreCutEvenWithoutLines) {
  Canvas noise(kScreen);
  bench::drawNoise(noise.frame(), Rect::of(kScreen), 1);

  int bottom = 0;
  for (const Rect& part : cutAtLines(noise.view(), Rect::of(kScreen))) {
    EXPECT_EQ(part.y, bottom);
    EXPECT_LE(part.height, kTile);
    bottom = part.bottom();
  }

  EXPECT_EQ(bottom, kScreen.height);
}

TEST(TextRegions, AreCutWhereOneOpWouldBeTooLarge) {
  constexpr Size kWide{5000, 70};
  Canvas page(kWide, 0xffffff);

  std::int64_t pixels = 0;
  for (const Rect& part : cutAtLines(page.view(), Rect::of(kWide))) {
    EXPECT_LE(part.pixels(), kMaxTileOpPixels);
    pixels += part.pixels();
  }

  EXPECT_EQ(pixels, kWide.pixels());
}

}  // namespace
}  // namespace lucarne::link
