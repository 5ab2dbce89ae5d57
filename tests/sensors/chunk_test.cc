// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/chunk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace lucarne::sensors {
namespace {

std::vector<Point> weekdayLike(int count) {
  std::vector<Point> points;
  std::mt19937 random(1);
  WallMs at = 1'700'000'000'000;
  double value = 50;
  for (int i = 0; i < count; ++i) {
    at += 1000 + static_cast<WallMs>(random() % 5) - 2;
    value += (static_cast<double>(random() % 5) - 2) * 0.1;
    points.push_back({at, std::round(value * 10) / 10});
  }
  return points;
}

TEST(Chunk, GivesBackWhatWasPacked) {
  auto points = weekdayLike(500);
  points[17].value.reset();
  points[18].value.reset();
  points[40].at -= 7'200'000;  // a clock that was set back

  EXPECT_EQ(decodeChunk(encodeChunk(points, 0.1), 0.1), points);
}

TEST(Chunk, IsAFewBytesAReading) {
  EXPECT_LT(encodeChunk(weekdayLike(600), 0.1).size(), 600u * 3);
}

TEST(Chunk, KeepsNegativeAndExtremeNumbers) {
  const std::vector<Point> points = {{-5, -273.15}, {0, 0.0}, {1, 1e9}, {2, -1e9}};

  EXPECT_EQ(decodeChunk(encodeChunk(points, 0.01), 0.01), points);
}

TEST(Chunk, TakesNumbersThatAreNoneForUnknown) {
  const std::vector<Point> points = {{1, std::numeric_limits<double>::quiet_NaN()},
                                     {2, std::numeric_limits<double>::infinity()}};

  const auto back = decodeChunk(encodeChunk(points, 0.01), 0.01);

  ASSERT_TRUE(back);
  EXPECT_FALSE((*back)[0].value);
  EXPECT_FALSE((*back)[1].value);
}

TEST(Chunk, RefusesATruncationInsideAReading) {
  const auto points = weekdayLike(20);
  const auto bytes = encodeChunk(points, 0.1);

  int refused = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = decodeChunk({bytes.data(), size}, 0.1);
    if (!part) {
      ++refused;
      continue;
    }
    // What is accepted is a true beginning.
    ASSERT_LT(part->size(), points.size());
    EXPECT_TRUE(std::equal(part->begin(), part->end(), points.begin()));
  }
  EXPECT_GT(refused, 20);
}

TEST(Chunk, RefusesAVarintThatIsTooLong) {
  const std::vector<std::uint8_t> bytes(30, 0xff);

  EXPECT_FALSE(decodeChunk(bytes, 0.1));
  EXPECT_FALSE(decodeChunk({}, 0.1));
}

}  // namespace
}  // namespace lucarne::sensors
