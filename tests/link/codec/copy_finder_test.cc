// SPDX-License-Identifier: Apache-2.0
#include "link/codec/copy_finder.h"

#include <gtest/gtest.h>

#include "link/codec/pixel_kernels.h"
#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Rect;

struct Search {
  Search(const Canvas& now, const Canvas& before) {
    tiles.reset(now.size());
    for (std::size_t i = 0; i < tiles.count(); ++i) {
      tiles[i].changed = differingBox(now.view(), before.view(), tiles.rect(i));
      if (tiles[i].changed.empty()) continue;
      changed.push_back(i);
      bounds = bounding(bounds, tiles[i].changed);
    }
  }
  TileMap tiles;
  std::vector<std::size_t> changed;
  Rect bounds;
};

class CopyFinderOffsets : public testing::TestWithParam<std::pair<int, int>> {};

INSTANTIATE_TEST_SUITE_P(AnyDirection, CopyFinderOffsets,
                         testing::Values(std::pair{0, 3}, std::pair{0, -3}, std::pair{0, 16},
                                         std::pair{0, 119}, std::pair{5, 0}, std::pair{-64, 0},
                                         std::pair{13, 7}, std::pair{-31, 22},
                                         std::pair{70, -65}));

TEST_P(CopyFinderOffsets, AreFoundForAWindowThatMoved) {
  const auto [dx, dy] = GetParam();
  Canvas before({640, 480});
  bench::drawPhoto(before.frame(), Rect::of(before.size()), 1);
  Canvas now = before;
  const Rect window{150, 140, 260, 200};
  bench::drawWindow(before.frame(), window, 7);
  bench::drawWindow(now.frame(), {window.x + dx, window.y + dy, window.width, window.height}, 7);
  const Search search(now, before);
  CopyFinder finder;

  ASSERT_TRUE(finder.search(now.view(), before.view(), search.tiles, search.changed, search.bounds));
  const auto move = finder.best(now.view(), before.view(), search.tiles, search.bounds);

  ASSERT_TRUE(move);
  EXPECT_EQ(move->from.x - move->to.x, -dx);
  EXPECT_EQ(move->from.y - move->to.y, -dy);
  EXPECT_GT(move->to.pixels(), window.pixels() * 8 / 10);
  EXPECT_TRUE(sameColours(now.view(), move->to, before.view(), move->from.x, move->from.y));
}

TEST(CopyFinder, FollowsAWindowWithMuchBarePaperThatMovesOtherwiseEachTime) {
  Canvas wallpaper({640, 480});
  bench::drawPhoto(wallpaper.frame(), Rect::of(wallpaper.size()), 1);
  CopyFinder finder;
  Rect window{20, 30, 320, 240};
  const auto show = [&](Canvas& canvas) {
    bench::drawWindow(canvas.frame(), window, 7);
    fillPixels(canvas.frame(), {window.x + 100, window.y + 40, 200, 180}, 0xf4f4f0);
  };
  for (int i = 1; i <= 12; ++i) {
    Canvas before = wallpaper;
    show(before);
    const surface::GuestPoint was{window.x, window.y};
    window.x += i;
    window.y += 12 - i;
    Canvas now = wallpaper;
    show(now);
    const Search search(now, before);

    ASSERT_TRUE(
        finder.search(now.view(), before.view(), search.tiles, search.changed, search.bounds));
    const auto move = finder.best(now.view(), before.view(), search.tiles, search.bounds);
    finder.finish(move.has_value());

    ASSERT_TRUE(move) << i;
    EXPECT_EQ(move->from.x - move->to.x, was.x - window.x) << i;
    EXPECT_GT(move->to.pixels(), window.pixels() * 8 / 10) << i;
  }
}

TEST(CopyFinder, FindsNothingInNoiseAndRests) {
  Canvas before({640, 400});
  Canvas now({640, 400});
  bench::drawNoise(before.frame(), Rect::of(before.size()), 1);
  bench::drawNoise(now.frame(), Rect::of(now.size()), 2);
  const Search search(now, before);
  CopyFinder finder;

  const auto find = [&finder](const Search& s, const Canvas& to, const Canvas& from) {
    return finder.search(to.view(), from.view(), s.tiles, s.changed, s.bounds);
  };

  for (int i = 0; i < 20; ++i) EXPECT_FALSE(find(search, now, before));
  EXPECT_FALSE(finder.best(now.view(), before.view(), search.tiles, search.bounds));

  // What moves meanwhile is seen when the rest is over.
  Canvas moved = before;
  movePixels(moved.frame(), {10, 0, 600, 380}, {10, 7});
  const Search real(moved, before);
  int frames = 1;
  while (!find(real, moved, before)) ASSERT_LT(++frames, 20);
  EXPECT_GT(frames, 1);
}

}  // namespace
}  // namespace lucarne::link
