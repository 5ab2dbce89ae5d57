// SPDX-License-Identifier: Apache-2.0
#include "link/codec/tile_cache.h"

#include <gtest/gtest.h>

#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using surface::Rect;

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
