// SPDX-License-Identifier: Apache-2.0
#include "surface/damage.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace lucarne::surface {
namespace {

bool covers(const Damage& damage, int x, int y) {
  return std::any_of(damage.rects().begin(), damage.rects().end(),
                     [x, y](const Rect& r) { return r.contains(x, y); });
}

bool coversAll(const Damage& damage, const Rect& r) {
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      if (!covers(damage, x, y)) return false;
    }
  }
  return true;
}

TEST(Damage, IsEmptyAtFirst) {
  EXPECT_TRUE(Damage().empty());
  EXPECT_EQ(Damage().bounds(), Rect{});
}

TEST(Damage, IgnoresRectanglesWithoutPixels) {
  Damage damage;

  damage.add(Rect{5, 5, 0, 3});
  damage.add(Rect{5, 5, 3, -1});

  EXPECT_TRUE(damage.empty());
}

TEST(Damage, SwallowsWhatItCoversAlready) {
  Damage damage(Rect{0, 0, 10, 10});

  damage.add(Rect{2, 2, 3, 3});

  EXPECT_EQ(damage.rects(), std::vector<Rect>({{0, 0, 10, 10}}));
}

TEST(Damage, DropsWhatANewRectangleCovers) {
  Damage damage(Rect{2, 2, 3, 3});
  damage.add(Rect{20, 20, 3, 3});

  damage.add(Rect{0, 0, 50, 50});

  EXPECT_EQ(damage.rects(), std::vector<Rect>({{0, 0, 50, 50}}));
}

TEST(Damage, JoinsRowsThatTogetherAreARectangle) {
  Damage damage;

  for (int row = 0; row < 64; ++row) damage.add(Rect{0, row * 16, 1280, 16});

  EXPECT_EQ(damage.rects(), std::vector<Rect>({{0, 0, 1280, 1024}}));
}

TEST(Damage, KeepsDistantRectanglesApart) {
  Damage damage(Rect{0, 0, 4, 4});

  damage.add(Rect{1000, 1000, 4, 4});

  EXPECT_EQ(damage.rects().size(), 2u);
  EXPECT_EQ(damage.bounds(), (Rect{0, 0, 1004, 1004}));
}

TEST(Damage, MergesTheCheapestPairWhenThereAreTooMany) {
  Damage damage;
  for (int i = 0; i < static_cast<int>(Damage::kMaxRects); ++i) {
    damage.add(Rect{i * 100, 0, 2, 2});
  }

  damage.add(Rect{3, 0, 2, 2});  // one pixel from the first

  EXPECT_EQ(damage.rects().size(), Damage::kMaxRects);
  EXPECT_NE(std::find(damage.rects().begin(), damage.rects().end(), Rect{0, 0, 5, 2}),
            damage.rects().end());
}

TEST(Damage, CutsToThePicture) {
  Damage damage(Rect{-5, -5, 20, 20});
  damage.add(Rect{200, 200, 5, 5});

  damage.clip({100, 100});

  EXPECT_EQ(damage.rects(), std::vector<Rect>({{0, 0, 15, 15}}));
}

TEST(Damage, AlwaysCoversEveryChangeAndStaysBounded) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 200; ++round) {
    Damage damage;
    std::vector<Rect> changes;
    std::uniform_int_distribution<int> place(0, 60);
    std::uniform_int_distribution<int> side(1, 12);

    for (int i = 0; i < 120; ++i) {
      changes.push_back({place(random), place(random), side(random), side(random)});
      damage.add(changes.back());
      ASSERT_LE(damage.rects().size(), Damage::kMaxRects);
    }

    for (const Rect& change : changes) ASSERT_TRUE(coversAll(damage, change));
    for (const Rect& r : damage.rects()) {
      ASSERT_FALSE(r.empty());
      ASSERT_TRUE((Rect{0, 0, 72, 72}.contains(r)));
    }
  }
}

TEST(Damage, CoversTheSameWhenAddedToAnother) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> place(0, 500);
  Damage a;
  for (int i = 0; i < 100; ++i) a.add(Rect{place(random), place(random), 9, 9});
  Damage b(Rect{1000, 1000, 1, 1});

  b.add(a);

  for (const Rect& r : a.rects()) EXPECT_TRUE(coversAll(b, r));
  EXPECT_TRUE(covers(b, 1000, 1000));
}

}  // namespace
}  // namespace lucarne::surface
