// SPDX-License-Identifier: Apache-2.0
#include "surface/frame.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/fd_leak_check.h"

namespace lucarne::surface {
namespace {

// Every pixel different.
void number(Frame frame) {
  for (int y = 0; y < frame.size.height; ++y) {
    for (int x = 0; x < frame.size.width; ++x) {
      frame.at(x, y) = static_cast<Pixel>(y * 1000 + x + 1);
    }
  }
}

TEST(Frame, AcceptsAn8KPictureAndNotAnImpossibleOne) {
  EXPECT_TRUE(isAcceptable(7680, 4320));
  EXPECT_TRUE(isAcceptable(1, 1));
  EXPECT_TRUE(isAcceptable(kMaxSide, 2048));
  EXPECT_FALSE(isAcceptable(65535, 65535));
  EXPECT_FALSE(isAcceptable(kMaxSide + 1, 1));
  EXPECT_FALSE(isAcceptable(1, kMaxSide + 1));
  EXPECT_FALSE(isAcceptable(kMaxSide, kMaxSide));
  EXPECT_FALSE(isAcceptable(0, 5));
  EXPECT_FALSE(isAcceptable(5, -5));
  EXPECT_FALSE(isAcceptable(INT64_MAX, INT64_MAX));
}

TEST(Frame, CountsBytesOnlyOfStridesThatCanBe) {
  EXPECT_EQ(pictureBytes({100, 10}, 400), 4000u);
  EXPECT_EQ(pictureBytes({100, 10}, 448), 4480u);
  EXPECT_EQ(pictureBytes({100, 10}, 399), 0u);
  EXPECT_EQ(pictureBytes({100, 10}, std::int64_t{kMaxSide} * 16), kMaxSide * 160u);
  EXPECT_EQ(pictureBytes({100, 10}, std::int64_t{kMaxSide} * 16 + 1), 0u);
  EXPECT_EQ(pictureBytes({100, 10}, UINT32_MAX), 0u);
  EXPECT_EQ(pictureBytes({0, 10}, 400), 0u);
}

TEST(Frame, CopiesOnlyWhatBothHave) {
  auto from = FrameBuffer::create({8, 8});
  auto to = FrameBuffer::create({6, 4});
  number(from.frame());

  copyPixels(from.frame(), to.frame(), {-2, 2, 5, 100});

  EXPECT_EQ(to.frame().at(2, 3), from.frame().at(2, 3));
  EXPECT_EQ(to.frame().at(0, 2), from.frame().at(0, 2));
  EXPECT_EQ(to.frame().at(3, 2), 0u);
  EXPECT_EQ(to.frame().at(0, 1), 0u);
}

class MovePixels : public testing::TestWithParam<GuestPoint> {};

TEST_P(MovePixels, MovesARectangleOntoItself) {
  const Rect from{3, 3, 4, 4};
  const GuestPoint to = GetParam();
  auto moved = FrameBuffer::create({10, 10});
  auto original = FrameBuffer::create({10, 10});
  number(moved.frame());
  number(original.frame());

  movePixels(moved.frame(), from, to);

  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      ASSERT_EQ(moved.frame().at(to.x + x, to.y + y), original.frame().at(3 + x, 3 + y));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, MovePixels,
                         testing::Values(GuestPoint{3, 3}, GuestPoint{4, 3}, GuestPoint{2, 3},
                                         GuestPoint{3, 2}, GuestPoint{3, 4}, GuestPoint{5, 5},
                                         GuestPoint{1, 1}, GuestPoint{5, 1}, GuestPoint{1, 5},
                                         GuestPoint{0, 0}, GuestPoint{6, 6}));

TEST(Frame, FillsOnlyWithinThePicture) {
  auto buffer = FrameBuffer::create({4, 4});

  fillPixels(buffer.frame(), {2, 2, 100, 100}, 0xabcdef);

  EXPECT_EQ(buffer.frame().at(3, 3), 0xabcdefu);
  EXPECT_EQ(buffer.frame().at(1, 3), 0u);
}

TEST(Frame, ComparesColoursAndNotTheUndefinedByte) {
  auto a = FrameBuffer::create({4, 4});
  auto b = FrameBuffer::create({4, 4});
  a.frame().at(1, 1) = 0xff112233;
  b.frame().at(1, 1) = 0x00112233;
  b.frame().at(2, 2) = 1;

  EXPECT_EQ(differingPixels(a.frame(), b.frame()), 1);
}

TEST(Frame, PartSeesTheSamePixels) {
  auto buffer = FrameBuffer::create({10, 10});
  number(buffer.frame());

  const Frame part = buffer.frame().part({3, 4, 2, 2});

  EXPECT_EQ(&part.at(1, 1), &buffer.frame().at(4, 5));
}

TEST(FrameBuffer, IsBlackAlignedAndSealedAgainstShrinking) {
  const auto buffer = FrameBuffer::create({33, 7});

  EXPECT_EQ(buffer.frame().strideBytes % 64, 0);
  EXPECT_EQ(buffer.frame().at(32, 6), 0u);
  EXPECT_NE(::fcntl(buffer.fd().get(), F_GET_SEALS) & F_SEAL_SHRINK, 0);
  EXPECT_LT(::ftruncate(buffer.fd().get(), 0), 0);
}

TEST(FrameBuffer, RefusesAnImpossibleSize) {
  EXPECT_THROW(FrameBuffer::create({0, 0}), base::SetupError);
  EXPECT_THROW(FrameBuffer::create({65535, 65535}), base::SetupError);
}

TEST(FrameBuffer, LeavesNothingBehind) {
  const test::FdLeakCheck check;
  {
    auto a = FrameBuffer::create({10, 10});
    auto b = FrameBuffer::create({20, 20});
    a = std::move(b);
    EXPECT_EQ(a.size(), (Size{20, 20}));
    const FrameBuffer c = std::move(a);
    EXPECT_TRUE(c);
  }

  EXPECT_EQ(check.leaked(), "");
}

}  // namespace
}  // namespace lucarne::surface
