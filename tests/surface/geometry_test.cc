// SPDX-License-Identifier: Apache-2.0
#include "surface/geometry.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace lucarne::surface {
namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();

TEST(Rect, HasItsLeftAndTopEdgeButNotTheOthers) {
  const Rect r{2, 3, 4, 5};

  EXPECT_TRUE(r.contains(2, 3));
  EXPECT_TRUE(r.contains(5, 7));
  EXPECT_FALSE(r.contains(6, 7));
  EXPECT_FALSE(r.contains(5, 8));
  EXPECT_FALSE(r.contains(1, 3));
}

TEST(Rect, CommonPartOfDistantOnesIsEmpty) {
  EXPECT_EQ(intersect({0, 0, 5, 5}, {5, 0, 5, 5}), Rect{});
  EXPECT_EQ(intersect({0, 0, 5, 5}, {4, 4, 5, 5}), (Rect{4, 4, 1, 1}));
}

TEST(Rect, AnEmptyOneAddsNothingToTheBounds) {
  EXPECT_EQ(bounding({}, {3, 3, 1, 1}), (Rect{3, 3, 1, 1}));
  EXPECT_EQ(bounding({3, 3, 1, 1}, {}), (Rect{3, 3, 1, 1}));
  EXPECT_EQ(bounding({0, 0, 1, 1}, {9, 9, 1, 1}), (Rect{0, 0, 10, 10}));
}

struct Claim {
  std::int64_t x, y, width, height;
  Rect expected;
};

class ClampRect : public testing::TestWithParam<Claim> {};

TEST_P(ClampRect, CutsAClaimToWhatExists) {
  const Claim& c = GetParam();

  EXPECT_EQ(clampRect(c.x, c.y, c.width, c.height, {100, 50}), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Claims, ClampRect,
    testing::Values(Claim{0, 0, 100, 50, {0, 0, 100, 50}}, Claim{10, 10, 5, 5, {10, 10, 5, 5}},
                    Claim{-5, -5, 10, 10, {0, 0, 5, 5}}, Claim{95, 45, 10, 10, {95, 45, 5, 5}},
                    Claim{100, 0, 1, 1, {}}, Claim{-3, 0, 3, 3, {}}, Claim{0, 0, 0, 5, {}},
                    Claim{0, 0, 5, -1, {}}, Claim{0, 0, kHuge, kHuge, {0, 0, 100, 50}},
                    Claim{kLow, kLow, kHuge, kHuge, {}}, Claim{kHuge, kHuge, kHuge, kHuge, {}},
                    Claim{-65535, -65535, 131070, 131070, {0, 0, 100, 50}}));

TEST(ClampRectAlone, GivesNothingOfAnEmptyPicture) {
  EXPECT_EQ(clampRect(0, 0, 10, 10, {}), Rect{});
  EXPECT_EQ(clampRect(0, 0, 10, 10, {-4, -4}), Rect{});
}

}  // namespace
}  // namespace lucarne::surface
