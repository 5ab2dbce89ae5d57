// SPDX-License-Identifier: Apache-2.0
#include "kiosk/blit.h"

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace lucarne::kiosk {
namespace {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;
using surface::Rect;
using surface::Rotation;
using surface::Size;

// Pixels in ordinary memory, with a stride that is not the width.
struct Canvas {
  explicit Canvas(Size size, Pixel colour = 0)
      : pixels(static_cast<std::size_t>((size.width + 3) * size.height), colour),
        frame{pixels.data(), size, (size.width + 3) * 4} {}
  std::vector<Pixel> pixels;
  Frame frame;
};

Canvas noise(Size size) {
  Canvas canvas(size);
  std::mt19937 random(7);
  for (Pixel& p : canvas.pixels) p = random() & surface::kColourMask;
  return canvas;
}

TEST(TurnedView, PutsThePicturesTopLeftAtTheTopRightAfterAQuarterClockwise) {
  const Canvas picture = noise({3, 2});

  const TurnedView view = turnedView(picture.frame, Rotation::Deg90);

  EXPECT_EQ(view.size, (Size{2, 3}));
  EXPECT_EQ(*view.at(1, 0), picture.frame.at(0, 0));
  EXPECT_EQ(*view.at(1, 2), picture.frame.at(2, 0));
  EXPECT_EQ(*view.at(0, 0), picture.frame.at(0, 1));
}

TEST(TurnedView, PutsThePicturesTopLeftAtTheBottomRightAfterAHalf) {
  const Canvas picture = noise({3, 2});

  const TurnedView view = turnedView(picture.frame, Rotation::Deg180);

  EXPECT_EQ(*view.at(2, 1), picture.frame.at(0, 0));
  EXPECT_EQ(*view.at(0, 1), picture.frame.at(2, 0));
}

TEST(TurnedView, PutsThePicturesTopLeftAtTheBottomLeftAfterAQuarterCounterClockwise) {
  const Canvas picture = noise({3, 2});

  const TurnedView view = turnedView(picture.frame, Rotation::Deg270);

  EXPECT_EQ(*view.at(0, 2), picture.frame.at(0, 0));
  EXPECT_EQ(*view.at(0, 0), picture.frame.at(2, 0));
  EXPECT_EQ(*view.at(1, 2), picture.frame.at(0, 1));
}

class BlitAtEveryRotation : public ::testing::TestWithParam<Rotation> {};

TEST_P(BlitAtEveryRotation, CopiesTheSameAsPlainlyForEverySmallPart) {
  const Canvas picture = noise({23, 37});
  const TurnedView view = turnedView(picture.frame, GetParam());
  for (int x = 0; x < 7; ++x) {
    for (int width = 1; width < 16; ++width) {
      const Rect part{x, width % 5, width, 11 + x};
      Canvas fast({60, 60}, 0x123456);
      Canvas plain({60, 60}, 0x123456);

      copyTurned(view, part, fast.frame, 9, 5);
      copyTurnedPlainly(view, part, plain.frame, 9, 5);

      ASSERT_EQ(fast.pixels, plain.pixels) << x << " " << width;
    }
  }
}

TEST_P(BlitAtEveryRotation, CopiesWholePicturesThatAreLargerThanATile) {
  const Canvas picture = noise({331, 203});
  const TurnedView view = turnedView(picture.frame, GetParam());
  Canvas fast(view.size);
  Canvas plain(view.size);

  copyTurned(view, Rect::of(view.size), fast.frame, 0, 0);
  copyTurnedPlainly(view, Rect::of(view.size), plain.frame, 0, 0);

  EXPECT_EQ(fast.pixels, plain.pixels);
  EXPECT_EQ(fast.frame.at(5, 9), *view.at(5, 9));
}

TEST_P(BlitAtEveryRotation, LeavesOutWhatIsBeyondThePanel) {
  const Canvas picture = noise({40, 30});
  const TurnedView view = turnedView(picture.frame, GetParam());
  Canvas fast({20, 20});
  Canvas plain({20, 20});

  copyTurned(view, {-5, -5, 100, 100}, fast.frame, -7, -3);
  copyTurnedPlainly(view, {-5, -5, 100, 100}, plain.frame, -7, -3);

  EXPECT_EQ(fast.pixels, plain.pixels);
  EXPECT_EQ(fast.frame.at(0, 0), *view.at(7, 3));
}

TEST_P(BlitAtEveryRotation, ScalesTheSameAsPlainlyAndInPartsAsInWhole) {
  const Canvas picture = noise({61, 47});
  const TurnedView view = turnedView(picture.frame, GetParam());
  for (const Filter filter : {Filter::Nearest, Filter::Linear}) {
    Canvas whole({150, 150});
    Canvas parts({150, 150});
    Canvas plain({150, 150});

    const Rect place{-10, 7, 170, 99};
    scaleTurned(view, place, whole.frame, {0, 0, 150, 150}, filter);
    scaleTurnedPlainly(view, place, plain.frame, {0, 0, 150, 150}, filter);
    for (int y = 0; y < 150; y += 17) {
      for (int x = 0; x < 150; x += 23) {
        scaleTurned(view, place, parts.frame, {x, y, 23, 17}, filter);
      }
    }

    EXPECT_EQ(whole.pixels, plain.pixels);
    EXPECT_EQ(parts.pixels, whole.pixels);
  }
}

TEST_P(BlitAtEveryRotation, IsExactWhenScaledByOneOrByAWholeFactorNearest) {
  const Canvas picture = noise({20, 30});
  const TurnedView view = turnedView(picture.frame, GetParam());
  Canvas one(view.size);
  Canvas copy(view.size);
  Canvas three({view.size.width * 3, view.size.height * 3});

  scaleTurned(view, Rect::of(view.size), one.frame, Rect::of(view.size), Filter::Linear);
  copyTurned(view, Rect::of(view.size), copy.frame, 0, 0);
  scaleTurned(view, Rect::of(three.frame.size), three.frame, Rect::of(three.frame.size),
              Filter::Nearest);

  EXPECT_EQ(one.pixels, copy.pixels);
  for (int y = 0; y < three.frame.size.height; ++y) {
    for (int x = 0; x < three.frame.size.width; ++x) {
      ASSERT_EQ(three.frame.at(x, y), *view.at(x / 3, y / 3));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rotations, BlitAtEveryRotation, ::testing::ValuesIn(surface::kRotations),
                         [](const auto& at) {
                           return "Deg" + std::to_string(surface::degrees(at.param));
                         });

TEST(ScaleTurned, MixesTheNeighboursWhenLinear) {
  Canvas picture({2, 1});
  picture.frame.at(0, 0) = 0x000000;
  picture.frame.at(1, 0) = 0xffffff;
  Canvas panel({8, 1});

  scaleTurned(turnedView(picture.frame, Rotation::Deg0), {0, 0, 8, 1}, panel.frame, {0, 0, 8, 1},
              Filter::Linear);

  EXPECT_EQ(panel.frame.at(0, 0), 0x000000u);
  EXPECT_GT(panel.frame.at(4, 0), panel.frame.at(3, 0));
  EXPECT_EQ(panel.frame.at(7, 0), 0xffffffu);
}

TEST(Blend, LeavesTransparentReplacesOpaqueAndMixesBetween) {
  Canvas image({3, 1});
  image.frame.at(0, 0) = 0x00ffffff;
  image.frame.at(1, 0) = 0xff112233;
  image.frame.at(2, 0) = 0x80ffffff;
  Canvas panel({5, 1}, 0x404040);

  blend(image.frame, panel.frame, 1, 0, {0, 0, 5, 1});

  EXPECT_EQ(panel.frame.at(0, 0), 0x404040u);
  EXPECT_EQ(panel.frame.at(1, 0), 0x404040u);
  EXPECT_EQ(panel.frame.at(2, 0), 0x112233u);
  EXPECT_EQ(panel.frame.at(3, 0), 0xa0a0a0u);
  EXPECT_EQ(panel.frame.at(4, 0), 0x404040u);
}

TEST(Blend, PaintsOnlyInsideTheClipAndThePanel) {
  Canvas image({4, 4}, 0xffffffff);
  Canvas panel({4, 4});

  blend(image.frame, panel.frame, 2, -1, {0, 0, 3, 4});

  EXPECT_EQ(panel.frame.at(2, 2), 0xffffffu);
  EXPECT_EQ(panel.frame.at(3, 2), 0u);
  EXPECT_EQ(panel.frame.at(2, 3), 0u);
}

TEST(Dim, HalvesEachColour) {
  Canvas panel({2, 1}, 0xff8041);

  dim(panel.frame, {0, 0, 1, 1});

  EXPECT_EQ(panel.frame.at(0, 0), 0x7f4020u);
  EXPECT_EQ(panel.frame.at(1, 0), 0xff8041u);
}

}  // namespace
}  // namespace lucarne::kiosk
