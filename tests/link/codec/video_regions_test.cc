// SPDX-License-Identifier: Apache-2.0
#include "link/codec/video_regions.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

using surface::Rect;
using surface::Size;

class Regions {
 public:
  explicit Regions(Size size) : picture(size) { regions.reset(size); }

  void change(const Rect& r) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(tileGrid(picture).pixels()); ++i) {
      const Rect part = intersect(tileRect(i, picture), r);
      if (!part.empty()) regions.note(i, part, now);
    }
  }
  void play(const Rect& r, int times = 60, std::chrono::milliseconds pause = std::chrono::milliseconds(17)) {
    for (int i = 0; i < times; ++i) {
      change(r);
      now += pause;
    }
  }

  const Size picture;
  base::TimePoint now = base::TimePoint{} + std::chrono::seconds(5);
  VideoRegions regions;
};

TEST(VideoRegions, FindsTheBoxOfWhatMoves) {
  Regions r({1280, 800});
  r.play({321, 201, 638, 398});

  ASSERT_EQ(r.regions.find(r.now).size(), 1u);
  EXPECT_EQ(r.regions.find(r.now)[0], (Rect{320, 200, 640, 400})) << "even sides around it";
}

TEST(VideoRegions, WaitsUntilItHasMovedForAWhile) {
  Regions r({1280, 800});
  r.play({320, 200, 640, 400}, 20);

  EXPECT_TRUE(r.regions.find(r.now).empty());
}

TEST(VideoRegions, FindsAlsoASlowOne) {
  Regions r({1280, 800});
  r.play({320, 200, 640, 400}, 10, std::chrono::milliseconds(200));

  EXPECT_EQ(r.regions.find(r.now).size(), 1u);
}

TEST(VideoRegions, ForgetsWhatRested) {
  Regions r({1280, 800});
  r.play({320, 200, 640, 400});
  r.now += std::chrono::seconds(1);

  EXPECT_TRUE(r.regions.find(r.now).empty());
  r.play({320, 200, 640, 400}, 10);
  EXPECT_TRUE(r.regions.find(r.now).empty()) << "it moves since a sixth of a second";
}

TEST(VideoRegions, TakesNothingSmall) {
  Regions r({1280, 800});
  r.play({320, 200, 100, 400});

  EXPECT_TRUE(r.regions.find(r.now).empty());
}

TEST(VideoRegions, TakesNoFrameAroundSomethingStill) {
  Regions r({1280, 832});
  for (int i = 0; i < 60; ++i) {
    for (const Rect& side : {Rect{0, 0, 1280, 64}, Rect{0, 768, 1280, 64}, Rect{0, 0, 64, 832}, Rect{1216, 0, 64, 832}}) {
      r.change(side);
    }
    r.now += std::chrono::milliseconds(17);
  }

  EXPECT_TRUE(r.regions.find(r.now).empty());
}

TEST(VideoRegions, FindsTwoAndNoMore) {
  Regions r({1280, 800});
  for (int i = 0; i < 60; ++i) {
    r.change({0, 0, 320, 300});
    r.change({512, 0, 200, 200});
    r.change({0, 448, 400, 300});
    r.now += std::chrono::milliseconds(17);
  }

  const std::vector<Rect> found = r.regions.find(r.now);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], (Rect{0, 448, 400, 300}));
  EXPECT_EQ(found[1], (Rect{0, 0, 320, 300}));
}

TEST(VideoRegions, StaysInsideAPictureWithOddSides) {
  Regions r({333, 257});
  r.play({1, 1, 332, 256});

  ASSERT_EQ(r.regions.find(r.now).size(), 1u);
  EXPECT_EQ(r.regions.find(r.now)[0], (Rect{0, 0, 332, 256}));
}

}  // namespace
}  // namespace lucarne::link
