// SPDX-License-Identifier: Apache-2.0
#include "surface/stamp.h"

#include <random>

#include <gtest/gtest.h>

namespace lucarne::surface {
namespace {

constexpr GuestPoint kAt{5, 9};

TEST(Stamp, IsReadBackAsItWasDrawn) {
  auto buffer = FrameBuffer::create({400, 40});
  const Stamp stamp{0xdeadbeef, 0x123456789abc};

  drawStamp(buffer.frame(), kAt, stamp);

  EXPECT_EQ(readStamp(buffer.frame(), kAt), stamp);
}

TEST(Stamp, KeepsOnly48BitsOfTime) {
  auto buffer = FrameBuffer::create({400, 40});

  drawStamp(buffer.frame(), kAt, {1, 0xffff'0000'0000'0001});

  EXPECT_EQ(readStamp(buffer.frame(), kAt), (Stamp{1, 1}));
}

TEST(Stamp, IsNotFoundWhereThereIsNone) {
  auto buffer = FrameBuffer::create({400, 40});
  fillPixels(buffer.frame(), Rect::of(buffer.size()), 0x808080);

  EXPECT_EQ(readStamp(buffer.frame(), {0, 0}), std::nullopt);
}

TEST(Stamp, IsNotReadBeyondThePicture) {
  const auto buffer = FrameBuffer::create({Stamp::kSize.width, Stamp::kSize.height});

  EXPECT_EQ(readStamp(buffer.frame(), {1, 0}), std::nullopt);
  EXPECT_EQ(readStamp(buffer.frame(), {-1, 0}), std::nullopt);
  EXPECT_EQ(readStamp(buffer.frame(), {0, 1}), std::nullopt);
}

TEST(Stamp, HalfDrawnIsNoStamp) {
  auto buffer = FrameBuffer::create({400, 40});
  auto next = FrameBuffer::create({400, 40});
  drawStamp(buffer.frame(), kAt, {7, 1'000'000});
  drawStamp(next.frame(), kAt, {8, 1'016'667});

  copyPixels(next.frame(), buffer.frame(), {0, 0, 400, kAt.y + Stamp::kCell});  // the upper row only

  EXPECT_EQ(readStamp(buffer.frame(), kAt), std::nullopt);
}

TEST(Stamp, SurvivesTheNoiseOfALossyCodec) {
  auto buffer = FrameBuffer::create({400, 40});
  const Stamp stamp{42, 987'654'321};
  drawStamp(buffer.frame(), kAt, stamp);
  std::mt19937 random(1);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 400; ++x) {
      Pixel& p = buffer.frame().at(x, y);
      const Pixel noise = random() % 60;
      p = (p >> 8 & 0xff) >= 128 ? (0xff - noise) * 0x010101 : noise * 0x010101;
    }
  }

  EXPECT_EQ(readStamp(buffer.frame(), kAt), stamp);
}

TEST(Stamp, EveryFlippedCellIsFound) {
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < Stamp::kColumns; ++column) {
      auto buffer = FrameBuffer::create({Stamp::kSize.width, Stamp::kSize.height});
      drawStamp(buffer.frame(), {0, 0}, {1234, 567890});
      Frame cell = buffer.frame().part(
          {column * Stamp::kCell, row * Stamp::kCell, Stamp::kCell, Stamp::kCell});

      fillPixels(cell, Rect::of(cell.size), ~cell.at(0, 0));

      ASSERT_EQ(readStamp(buffer.frame(), {0, 0}), std::nullopt) << row << " " << column;
    }
  }
}

}  // namespace
}  // namespace lucarne::surface
