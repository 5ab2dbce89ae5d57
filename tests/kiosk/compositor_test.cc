// SPDX-License-Identifier: Apache-2.0
#include "kiosk/compositor.h"

#include <random>

#include <gtest/gtest.h>

#include "kiosk/blit.h"
#include "tests/kiosk/fake_output.h"

namespace lucarne::kiosk {
namespace {

using std::chrono::milliseconds;
using surface::Damage;
using surface::PanelPoint;
using surface::Pixel;
using surface::Rect;
using surface::Rotation;
using surface::ScaleMode;
using surface::Size;

Image noise(Size size, unsigned seed = 3) {
  Image image(size);
  std::mt19937 random(seed);
  for (Pixel& p : image.pixels) p = random() & surface::kColourMask;
  return image;
}

MemoryPicture stored(const Image& image) {
  MemoryPicture picture(image.size);
  picture.upload(image.frame(), Damage(Rect::of(image.size)));
  return picture;
}

// What the panel must look like: the whole scene painted at once.
Image expected(const Image& picture, Size panel, Rotation rotation, ScaleMode scale) {
  const MemoryPicture memory = stored(picture);
  Scene scene;
  scene.picture =
      PlacedPicture{&memory, surface::Placement(panel, picture.size, rotation, scale), false};
  Image image(panel);
  paintScene(scene, image.frame(), Damage(Rect::of(panel)));
  return image;
}

const base::TimePoint kNow{std::chrono::seconds(100)};

TEST(Compositor, HasNothingPendingAfterAPresentUntilSomethingChanges) {
  FakeOutput output({80, 60});
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  EXPECT_TRUE(compositor.pending());

  compositor.present(kNow);
  compositor.setPicture(nullptr);
  compositor.setNotice(nullptr);
  compositor.setDimmed(false);
  compositor.setBorder(0, 0x123456);
  compositor.setCursor({});
  compositor.setRotation(Rotation::Deg0);
  compositor.damage(Damage(Rect{0, 0, 5, 5}));

  EXPECT_FALSE(compositor.pending());
  EXPECT_EQ(output.presents, 1);
}

TEST(Compositor, PresentsOncePerRefreshOnAverageAndAtOnceAfterARest) {
  FakeOutput output({80, 60});
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  EXPECT_EQ(compositor.delay(kNow), base::Duration::zero());

  compositor.present(kNow);

  EXPECT_EQ(compositor.delay(kNow + milliseconds(4)), milliseconds(1));
  compositor.present(kNow + milliseconds(5));
  EXPECT_EQ(compositor.delay(kNow + milliseconds(5)), milliseconds(10));
  EXPECT_EQ(compositor.delay(kNow + milliseconds(40)), base::Duration::zero());
}

TEST(Compositor, PresentsAtThePaceThatItIsGiven) {
  FakeOutput output({80, 60});
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  compositor.setRefreshPeriod(milliseconds(100));

  compositor.present(kNow);
  EXPECT_EQ(compositor.delay(kNow), milliseconds(50));

  compositor.setRefreshPeriod(base::Duration::zero());
  compositor.present(kNow + milliseconds(200));
  EXPECT_EQ(compositor.delay(kNow + milliseconds(200)), base::Duration::zero());
}

class CompositorAtEveryRotation
    : public ::testing::TestWithParam<std::tuple<Rotation, ScaleMode, Size>> {};

TEST_P(CompositorAtEveryRotation, PaintsDamageSoThatThePanelEqualsTheWholeScene) {
  const auto [rotation, scale, panel] = GetParam();
  FakeOutput output(panel);
  Compositor compositor(output, rotation, scale);
  Image picture = noise({64, 40});
  MemoryPicture memory = stored(picture);
  compositor.setPicture(&memory);
  compositor.present(kNow);

  std::mt19937 random(11);
  for (int step = 0; step < 40; ++step) {
    const Rect r = surface::clampRect(random() % 70 - 5, random() % 45 - 5, random() % 20,
                                      random() % 20, picture.size);
    fillPixels(picture.frame(), r, random() & surface::kColourMask);
    memory.upload(picture.frame(), Damage(r));
    compositor.damage(Damage(r));
    compositor.present(kNow);

    ASSERT_EQ(output.panel.pixels, expected(picture, panel, rotation, scale).pixels) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Places, CompositorAtEveryRotation,
    ::testing::Combine(::testing::ValuesIn(surface::kRotations),
                       ::testing::Values(ScaleMode::Fit, ScaleMode::Fill, ScaleMode::Integer,
                                         ScaleMode::None),
                       ::testing::Values(Size{64, 40}, Size{40, 64}, Size{150, 99}, Size{31, 50})));

TEST(Compositor, DamagesOnlyTheTurnedPlaceOfWhatChanged) {
  FakeOutput output({40, 64});
  Compositor compositor(output, Rotation::Deg90, ScaleMode::Fit);
  const MemoryPicture memory = stored(noise({64, 40}));
  compositor.setPicture(&memory);
  compositor.present(kNow);

  compositor.damage(Damage(Rect{0, 0, 10, 4}));
  compositor.present(kNow);

  ASSERT_EQ(output.lastChanged.rects().size(), 1u);
  EXPECT_EQ(output.lastChanged.rects()[0], (Rect{36, 0, 4, 10}));  // the guest's top is at the right
}

TEST(Compositor, EqualsTheTurnedPicturePixelForPixelWhenSizesMatch) {
  for (const Rotation rotation : surface::kRotations) {
    const Image picture = noise({64, 40});
    FakeOutput output(turned(picture.size, rotation));
    Compositor compositor(output, rotation, ScaleMode::Fit);
    const MemoryPicture memory = stored(picture);
    compositor.setPicture(&memory);

    compositor.present(kNow);

    const TurnedView view = turnedView(picture.frame(), rotation);
    for (int y = 0; y < view.size.height; ++y) {
      for (int x = 0; x < view.size.width; ++x) {
        ASSERT_EQ(output.panel.frame().at(x, y), *view.at(x, y));
      }
    }
  }
}

TEST(Compositor, TurnsAtRunTimeWithoutANewUpload) {
  const Image picture = noise({64, 40});
  FakeOutput output({64, 40});
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  const MemoryPicture memory = stored(picture);
  compositor.setPicture(&memory);
  compositor.present(kNow);

  compositor.setRotation(Rotation::Deg180);
  compositor.present(kNow);

  EXPECT_EQ(output.panel.pixels,
            expected(picture, {64, 40}, Rotation::Deg180, ScaleMode::Fit).pixels);
}

TEST(Compositor, TakesANoticeOffWithoutLeavingATrace) {
  const Image picture = noise({64, 40});
  FakeOutput output({40, 64});
  Compositor compositor(output, Rotation::Deg90, ScaleMode::Fit);
  const MemoryPicture memory = stored(picture);
  compositor.setPicture(&memory);
  compositor.present(kNow);
  const Image before = output.panel;
  const Image box(Size{30, 10}, 0xff808080);

  compositor.setNotice(&box);
  compositor.setDimmed(true);
  compositor.present(kNow);
  EXPECT_EQ(output.panel.frame().at(20, 32), 0x808080u);
  EXPECT_EQ(output.panel.frame().at(20, 46), 0x808080u);  // turned: 10 wide, 30 high
  EXPECT_EQ(output.panel.frame().at(0, 0), before.frame().at(0, 0) >> 1 & 0x7f7f7f);

  compositor.setNotice(nullptr);
  compositor.setDimmed(false);
  compositor.present(kNow);
  EXPECT_EQ(output.panel.pixels, before.pixels);
}

surface::Cursor redDot() {
  return {{3, 2}, {2, 0}, {0xffff0000, 0, 0, 0, 0, 0xff00ff00}};
}

TEST(Compositor, DrawsThePointerTurnedWithItsHotspotUnderTheFinger) {
  const Image picture = noise({64, 40});
  FakeOutput output({40, 64});
  Compositor compositor(output, Rotation::Deg90, ScaleMode::Fit);
  const MemoryPicture memory = stored(picture);
  compositor.setPicture(&memory);
  compositor.present(kNow);
  const Image before = output.panel;

  compositor.setCursor(redDot());
  compositor.movePointer({20, 30});
  compositor.present(kNow);

  // Turned it is 2 wide and 3 high; the hotspot, top right, is at its bottom right.
  EXPECT_EQ(output.panel.frame().at(20, 28), 0xff0000u);
  EXPECT_EQ(output.panel.frame().at(19, 30), 0x00ff00u);
  EXPECT_EQ(output.panel.frame().at(20, 30), before.frame().at(20, 30));

  compositor.setCursor({});
  compositor.present(kNow);
  EXPECT_EQ(output.panel.pixels, before.pixels);
}

TEST(Compositor, LeavesThePointerToADisplayThatDrawsIt) {
  FakeOutput output({64, 40});
  output.hasPointer = true;
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  const MemoryPicture memory = stored(noise({64, 40}));
  compositor.setPicture(&memory);
  compositor.present(kNow);

  compositor.setCursor(redDot());
  compositor.movePointer({20, 30});

  EXPECT_EQ(output.pointer.size, (Size{3, 2}));
  EXPECT_FALSE(compositor.pending());
}

TEST(Compositor, PaintsTheBorderOverThePicturesEdgeAndNothingElse) {
  const Image picture = noise({64, 40});
  FakeOutput output({64, 40});
  Compositor compositor(output, Rotation::Deg0, ScaleMode::Fit);
  const MemoryPicture memory = stored(picture);
  compositor.setPicture(&memory);

  compositor.setBorder(3, 0x00ff00);
  compositor.present(kNow);

  EXPECT_EQ(output.panel.frame().at(2, 20), 0x00ff00u);
  EXPECT_EQ(output.panel.frame().at(61, 39), 0x00ff00u);
  EXPECT_EQ(output.panel.frame().at(3, 3), picture.frame().at(3, 3));
  EXPECT_EQ(output.panel.frame().at(60, 36), picture.frame().at(60, 36));
}

}  // namespace
}  // namespace lucarne::kiosk
