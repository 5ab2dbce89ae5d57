// SPDX-License-Identifier: Apache-2.0
#include "surface/placement.h"

#include <array>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace lucarne::surface {

void PrintTo(GuestPoint p, std::ostream* out) { *out << "guest " << p.x << "," << p.y; }
void PrintTo(PanelPoint p, std::ostream* out) { *out << "panel " << p.x << "," << p.y; }
void PrintTo(const Rect& r, std::ostream* out) {
  *out << r.width << "x" << r.height << " at " << r.x << "," << r.y;
}

namespace {

using enum Rotation;

TEST(Rotation, IsMadeOfQuarterTurns) {
  EXPECT_EQ(rotationOf(270), Deg270);
  EXPECT_EQ(rotationOf(45), std::nullopt);
  EXPECT_EQ(rotationOf(-90), std::nullopt);
  EXPECT_EQ(rotationOf(360), std::nullopt);
  EXPECT_EQ(next(Deg270), Deg0);
  EXPECT_EQ(turned({3, 2}, Deg90), (Size{2, 3}));
  EXPECT_EQ(turned({3, 2}, Deg180), (Size{3, 2}));
}

TEST(ScaleMode, HasAWordForEach) {
  for (const auto mode : {ScaleMode::Fit, ScaleMode::Fill, ScaleMode::Integer, ScaleMode::None}) {
    EXPECT_EQ(scaleModeOf(wordFor(mode)), mode);
  }
  EXPECT_EQ(scaleModeOf("stretch"), std::nullopt);
}

// Where the picture lies: written down by hand.
struct PictureCase {
  Size panel;
  Size guest;
  Rotation rotation;
  ScaleMode mode;
  Rect picture;
};

class PlacementPicture : public testing::TestWithParam<PictureCase> {};

TEST_P(PlacementPicture, LiesWhereItShould) {
  const PictureCase& c = GetParam();

  EXPECT_EQ(Placement(c.panel, c.guest, c.rotation, c.mode).picture(), c.picture);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PlacementPicture,
    testing::Values(
        // The guest has the size that is wanted.
        PictureCase{{1280, 800}, {1280, 800}, Deg0, ScaleMode::Fit, {0, 0, 1280, 800}},
        PictureCase{{800, 1280}, {1280, 800}, Deg90, ScaleMode::Fit, {0, 0, 800, 1280}},
        PictureCase{{1280, 800}, {1280, 800}, Deg180, ScaleMode::None, {0, 0, 1280, 800}},
        PictureCase{{800, 1280}, {1280, 800}, Deg270, ScaleMode::Fill, {0, 0, 800, 1280}},
        PictureCase{{800, 1280}, {1280, 800}, Deg270, ScaleMode::Integer, {0, 0, 800, 1280}},
        // Smaller than the panel.
        PictureCase{{1280, 800}, {640, 480}, Deg0, ScaleMode::Fit, {106, 0, 1067, 800}},
        PictureCase{{1280, 800}, {640, 480}, Deg0, ScaleMode::Fill, {0, -80, 1280, 960}},
        PictureCase{{1280, 800}, {640, 480}, Deg0, ScaleMode::Integer, {320, 160, 640, 480}},
        PictureCase{{1280, 960}, {640, 480}, Deg0, ScaleMode::Integer, {0, 0, 1280, 960}},
        PictureCase{{1280, 800}, {640, 480}, Deg0, ScaleMode::None, {320, 160, 640, 480}},
        PictureCase{{1280, 800}, {640, 480}, Deg90, ScaleMode::Fit, {340, 0, 600, 800}},
        PictureCase{{1280, 800}, {640, 480}, Deg90, ScaleMode::None, {400, 80, 480, 640}},
        // Larger than the panel.
        PictureCase{{1280, 800}, {1920, 1080}, Deg0, ScaleMode::Fit, {0, 40, 1280, 720}},
        PictureCase{{1280, 800}, {1920, 1080}, Deg0, ScaleMode::Integer, {0, 40, 1280, 720}},
        PictureCase{{1280, 800}, {1920, 1080}, Deg0, ScaleMode::None, {-320, -140, 1920, 1080}},
        PictureCase{{1280, 800}, {1281, 801}, Deg0, ScaleMode::None, {-1, -1, 1281, 801}},
        PictureCase{{1280, 800}, {1920, 1080}, Deg270, ScaleMode::Fit, {415, 0, 450, 800}},
        // Absurd ones.
        PictureCase{{1280, 800}, {16384, 1}, Deg0, ScaleMode::Fit, {0, 399, 1280, 1}},
        PictureCase{{16384, 16384}, {1, 1}, Deg180, ScaleMode::Integer, {0, 0, 16384, 16384}},
        PictureCase{{0, 0}, {640, 480}, Deg0, ScaleMode::Fit, {}},
        PictureCase{{640, 480}, {0, 0}, Deg90, ScaleMode::Fill, {}}));

// The four corners of a 1280 x 800 guest on a panel that it fits: what a finger on the panel's
// corner must touch.
struct CornerCase {
  Rotation rotation;
  Size panel;
  // Guest points under the panel's top left, top right, bottom right, bottom left.
  std::array<GuestPoint, 4> under;
};

class PlacementCorners : public testing::TestWithParam<CornerCase> {};

TEST_P(PlacementCorners, AreUnderThePanelsCorners) {
  const CornerCase& c = GetParam();
  const int right = c.panel.width - 1;
  const int bottom = c.panel.height - 1;
  const std::array<PanelPoint, 4> corners = {
      {{0, 0}, {right, 0}, {right, bottom}, {0, bottom}}};

  for (const auto mode : {ScaleMode::Fit, ScaleMode::Fill, ScaleMode::Integer, ScaleMode::None}) {
    const Placement placement(c.panel, {1280, 800}, c.rotation, mode);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(placement.toGuest(corners[i]), (Placement::Hit{c.under[i], true}));
      EXPECT_EQ(placement.toPanel(c.under[i]), corners[i]);
    }
  }
}

constexpr GuestPoint kTopLeft{0, 0};
constexpr GuestPoint kTopRight{1279, 0};
constexpr GuestPoint kBottomRight{1279, 799};
constexpr GuestPoint kBottomLeft{0, 799};

INSTANTIATE_TEST_SUITE_P(
    Table, PlacementCorners,
    testing::Values(
        CornerCase{Deg0, {1280, 800}, {kTopLeft, kTopRight, kBottomRight, kBottomLeft}},
        // Clockwise: what was at the top left is now at the top right.
        CornerCase{Deg90, {800, 1280}, {kBottomLeft, kTopLeft, kTopRight, kBottomRight}},
        CornerCase{Deg180, {1280, 800}, {kBottomRight, kBottomLeft, kTopLeft, kTopRight}},
        CornerCase{Deg270, {800, 1280}, {kTopRight, kBottomRight, kBottomLeft, kTopLeft}}));

TEST(Placement, WantsTheGuestToFitTheTurnedPanel) {
  EXPECT_EQ(Placement::wantedSize({800, 1280}, Deg90), (Size{1280, 800}));
  for (const Rotation r : kRotations) {
    const Size panel{801, 1283};
    const Placement exact(panel, Placement::wantedSize(panel, r), r, ScaleMode::Fit);
    EXPECT_EQ(exact.picture(), Rect::of(panel));
  }
}

TEST(Placement, APointBesideThePictureIsClampedAndSaidToBeOutside) {
  const Placement placement({1280, 800}, {640, 480}, Deg0, ScaleMode::None);  // at 320, 160

  EXPECT_EQ(placement.toGuest({319, 160}), (Placement::Hit{{0, 0}, false}));
  EXPECT_EQ(placement.toGuest({320, 160}), (Placement::Hit{{0, 0}, true}));
  EXPECT_EQ(placement.toGuest({959, 639}), (Placement::Hit{{639, 479}, true}));
  EXPECT_EQ(placement.toGuest({960, 639}), (Placement::Hit{{639, 479}, false}));
  EXPECT_EQ(placement.toGuest({-100000, 400}), (Placement::Hit{{0, 240}, false}));
  EXPECT_EQ(placement.toGuest({INT32_MAX, INT32_MIN}), (Placement::Hit{{639, 0}, false}));
}

TEST(Placement, WithNothingPlacedEveryPointIsOutside) {
  EXPECT_EQ(Placement().toGuest({5, 5}), Placement::Hit{});
  EXPECT_EQ(Placement().toPanel(GuestPoint{5, 5}), PanelPoint{});
  EXPECT_EQ(Placement().toPanel(Rect{0, 0, 5, 5}), Rect{});
}

// Every panel size, guest size, rotation and mode below, every pixel.
class PlacementPixels : public testing::TestWithParam<std::tuple<Size, Size, Rotation, ScaleMode>> {
 protected:
  Placement placement() const {
    const auto& [panel, guest, rotation, mode] = GetParam();
    return {panel, guest, rotation, mode};
  }
};

TEST_P(PlacementPixels, OfThePanelAreInsideExactlyWhenThePictureIsThere) {
  const Placement p = placement();
  for (int y = -3; y < p.panel().height + 3; ++y) {
    for (int x = -3; x < p.panel().width + 3; ++x) {
      const auto hit = p.toGuest({x, y});
      ASSERT_EQ(hit.inside, p.picture().contains(x, y)) << x << "," << y;
      ASSERT_TRUE(Rect::of(p.guest()).contains(hit.at.x, hit.at.y)) << x << "," << y;
    }
  }
}

TEST_P(PlacementPixels, OfAGuestThatIsNotShrunkComeBackFromThePanel) {
  const Placement p = placement();
  const Size upright = turned(p.guest(), p.rotation());
  const bool isShrunk =
      p.picture().width < upright.width || p.picture().height < upright.height;
  for (int y = 0; y < p.guest().height; ++y) {
    for (int x = 0; x < p.guest().width; ++x) {
      const PanelPoint onPanel = p.toPanel(GuestPoint{x, y});
      ASSERT_TRUE(p.picture().contains(onPanel.x, onPanel.y));
      ASSERT_TRUE(isShrunk || p.toGuest(onPanel) == (Placement::Hit{{x, y}, true}))
          << x << "," << y;
    }
  }
}

TEST_P(PlacementPixels, AreCoveredByTheRectangleOfTheirDamage) {
  const Placement p = placement();
  const Rect part{1, 2, 3, 2};
  const Rect onPanel = p.toPanel(part);
  ASSERT_TRUE(p.picture().contains(onPanel));
  for (int y = p.picture().y; y < p.picture().bottom(); ++y) {
    for (int x = p.picture().x; x < p.picture().right(); ++x) {
      const GuestPoint under = p.toGuest({x, y}).at;
      ASSERT_TRUE(!part.contains(under.x, under.y) || onPanel.contains(x, y)) << x << "," << y;
    }
  }
}

std::string caseName(const testing::TestParamInfo<PlacementPixels::ParamType>& test) {
  const auto& [panel, guest, rotation, mode] = test.param;
  return fmt::format("{}x{}_{}x{}_{}_{}", panel.width, panel.height, guest.width, guest.height,
                     degrees(rotation), wordFor(mode));
}

INSTANTIATE_TEST_SUITE_P(
    All, PlacementPixels,
    testing::Combine(testing::Values(Size{16, 10}, Size{10, 16}, Size{17, 11}, Size{64, 48},
                                     Size{7, 31}),
                     testing::Values(Size{16, 10}, Size{10, 16}, Size{5, 5}, Size{23, 9},
                                     Size{40, 30}, Size{6, 4}),
                     testing::ValuesIn(kRotations),
                     testing::Values(ScaleMode::Fit, ScaleMode::Fill, ScaleMode::Integer,
                                     ScaleMode::None)),
    caseName);

TEST(Placement, TurningFourTimesAQuarterIsNoTurn) {
  const Size guest{7, 5};
  for (int x = 0; x < guest.width; ++x) {
    for (int y = 0; y < guest.height; ++y) {
      Size size = guest;
      GuestPoint p{x, y};
      for (int i = 0; i < 4; ++i) {
        const Size after = turned(size, Deg90);
        const PanelPoint q = Placement(after, size, Deg90, ScaleMode::None).toPanel(p);
        p = {q.x, q.y};
        size = after;
      }
      EXPECT_EQ(p, (GuestPoint{x, y}));
    }
  }
}

}  // namespace
}  // namespace lucarne::surface
