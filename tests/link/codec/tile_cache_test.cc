// SPDX-License-Identifier: Apache-2.0
#include "link/codec/tile_cache.h"

#include <gtest/gtest.h>

#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using surface::Rect;

// Stores the tiles of one picture after another.
void fill(TileCache& cache, int stores, unsigned from) {
  bench::Canvas c({128, 100});
  for (int i = 0; i < stores; ++i) {
    bench::drawNoise(c.frame(), Rect::of(c.size()), from + static_cast<unsigned>(i));
    cache.store(c.view(), static_cast<std::size_t>(i) % 4);
  }
}

TEST(TileCache, HasTheSameDigestWhereTheSameWasStored) {
  TileCache a;
  TileCache b;
  a.reset({128, 100});
  b.reset({128, 100});
  EXPECT_EQ(a.state(), b.state());

  fill(a, 5, 1);
  fill(b, 4, 1);
  EXPECT_NE(a.state(), b.state());
  fill(b, 1, 9);

  EXPECT_EQ(a.state().stores, b.state().stores);
  EXPECT_NE(a.state().digest, b.state().digest) << "the fifth tile is another one";
}

TEST(TileCache, GoesBackToWhatHadArrived) {
  TileCache cache;
  cache.reset({128, 100});  // eight slots
  fill(cache, 6, 1);
  const TileCache::State arrived = cache.state();
  const std::size_t newest = cache.candidates(1).slots[0];
  const Rect r{64, 0, 64, 64};
  bench::Canvas kept({64, 64});
  copyPixels(*cache.content(newest, r), kept.frame(), Rect::of(kept.size()));
  fill(cache, 5, 40);

  ASSERT_TRUE(cache.goBack(arrived));

  EXPECT_EQ(cache.state(), arrived);
  ASSERT_GE(cache.candidates(1).count, 1);
  EXPECT_EQ(cache.candidates(1).slots[0], newest);
  EXPECT_EQ(differingPixels(*cache.content(newest, r), kept.view()), 0);
  EXPECT_FALSE(cache.content(6, {0, 0, 1, 1})) << "filled since";
}

TEST(TileCache, GoesBackToNoStateThatItNeverHad) {
  TileCache cache;
  cache.reset({128, 100});
  fill(cache, 6, 1);
  const TileCache::State now = cache.state();

  EXPECT_FALSE(cache.goBack({now.stores, now.digest + 1}));
  EXPECT_FALSE(cache.goBack({now.stores + 1, now.digest}));
  EXPECT_FALSE(TileCache().goBack({}));
  fill(cache, 8, 30);
  EXPECT_FALSE(cache.goBack(now)) << "every slot was filled since";
}

TEST(TileCache, GivesBackWhatATileShowed) {
  bench::Canvas c({128, 100});
  bench::drawPhoto(c.frame(), Rect::of(c.size()), 1);
  const bench::Canvas before = c;
  TileCache cache;
  cache.reset(c.size());

  cache.store(c.view(), 3);
  fillPixels(c.frame(), Rect::of(c.size()), 0);

  const auto found = cache.candidates(3);
  ASSERT_EQ(found.count, 1);
  const Rect part{70, 66, 20, 30};
  const auto content = cache.content(found.slots[0], part);
  ASSERT_TRUE(content);
  EXPECT_EQ(differingPixels(*content, before.view().part(part)), 0);
}

TEST(TileCache, HasNothingBeyondACutTilesEdge) {
  bench::Canvas c({100, 64});
  TileCache cache;
  cache.reset(c.size());

  cache.store(c.view(), 1);  // 36 pixels wide

  EXPECT_TRUE(cache.content(0, {64, 0, 36, 64}));
  EXPECT_FALSE(cache.content(0, {0, 0, 37, 64}));
  EXPECT_FALSE(cache.content(1, {0, 0, 1, 1})) << "never filled";
  EXPECT_FALSE(cache.content(99999, {0, 0, 1, 1}));
}

TEST(TileCache, ForgetsTheOldestAndStaysBounded) {
  bench::Canvas c({128, 64});
  TileCache cache;
  cache.reset(c.size());

  for (int i = 0; i < 50; ++i) cache.store(c.view(), i == 0 ? 0 : 1);

  EXPECT_EQ(cache.slots(), 4u);
  EXPECT_EQ(cache.candidates(0).count, 0);
  EXPECT_EQ(cache.candidates(1).count, TileCache::kDepth);
}

}  // namespace
}  // namespace lucarne::link
