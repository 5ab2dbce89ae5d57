// SPDX-License-Identifier: Apache-2.0
#include "link/codec/coders.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

std::vector<std::uint8_t> body(std::size_t size, unsigned seed) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * i / 97 + seed * (i % 13));
  }
  return bytes;
}

class Coders : public testing::TestWithParam<CoderId> {};

INSTANTIATE_TEST_SUITE_P(All, Coders,
                         testing::Values(CoderId::Stored, CoderId::Lz4, CoderId::ZstdFresh,
                                         CoderId::ZstdRepair));

TEST_P(Coders, GiveBackABodyAfterABody) {
  Squeezer squeezer;
  Unsqueezer unsqueezer;
  for (unsigned i = 0; i < 20; ++i) {
    const std::vector<std::uint8_t> original = body(1 + i * i * 40, i % 3);
    std::vector<std::uint8_t> squeezed;

    squeezer.squeeze(GetParam(), original, squeezed);
    const auto back = unsqueezer.unsqueeze(GetParam(), squeezed, original.size());

    ASSERT_TRUE(back);
    EXPECT_TRUE(std::equal(back->begin(), back->end(), original.begin(), original.end()));
  }
}

TEST_P(Coders, RefuseABodyThatIsTooLong) {
  Squeezer squeezer;
  Unsqueezer unsqueezer;
  std::vector<std::uint8_t> squeezed;

  squeezer.squeeze(GetParam(), body(5000, 1), squeezed);

  EXPECT_FALSE(unsqueezer.unsqueeze(GetParam(), squeezed, 4999));
}

// A relay in a small domain: zstd's own tables for level 12 would be 50 MB a stream.
TEST(CoderMemory, IsBoundedAtEveryLevel) {
  for (int level = 1; level <= 19; ++level) {
    Squeezer squeezer;
    std::vector<std::uint8_t> squeezed;
    squeezer.setLevel(level);
    for (const CoderId coder : {CoderId::ZstdFresh, CoderId::ZstdRepair}) {
      for (unsigned i = 0; i < 3; ++i) squeezer.squeeze(coder, body(100000, i), squeezed);
    }

    EXPECT_LE(squeezer.memory(), std::size_t{2 * 4} << 20) << "level " << level;
  }
}

TEST(CoderMemory, GoesBackWhenALineTurnsOutToBeFast) {
  Squeezer squeezer;
  std::vector<std::uint8_t> squeezed;
  squeezer.setLevel(12);
  squeezer.squeeze(CoderId::ZstdFresh, body(100000, 0), squeezed);
  ASSERT_GT(squeezer.memory(), std::size_t{2} << 20);

  squeezer.reset(CoderId::ZstdFresh);
  squeezer.setLevel(1);
  squeezer.squeeze(CoderId::ZstdFresh, body(100000, 1), squeezed);

  EXPECT_LT(squeezer.memory(), std::size_t{3} << 19);
}

TEST_P(Coders, StartAnewTogether) {
  Squeezer squeezer;
  Unsqueezer unsqueezer;
  std::vector<std::uint8_t> lost;
  std::vector<std::uint8_t> squeezed;
  squeezer.squeeze(GetParam(), body(900, 1), lost);

  squeezer.reset(GetParam());
  unsqueezer.reset(GetParam());
  squeezer.squeeze(GetParam(), body(900, 2), squeezed);

  EXPECT_TRUE(unsqueezer.unsqueeze(GetParam(), squeezed, 900));
}

TEST(ZstdCoder, FindsWhatWentBefore) {
  Squeezer squeezer;
  std::vector<std::uint8_t> first;
  std::vector<std::uint8_t> second;

  squeezer.squeeze(CoderId::ZstdFresh, body(4000, 5), first);
  squeezer.squeeze(CoderId::ZstdFresh, body(4000, 5), second);

  EXPECT_LT(second.size() * 10, first.size());
}

TEST(ZstdCoder, RefusesAWindowLargerThanAgreed) {
  // A frame header that asks for 128 MiB (RFC 8878, 3.1.1.1.2: exponent 17), then an empty block.
  const std::vector<std::uint8_t> frame = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 1, 0, 0};
  Unsqueezer unsqueezer;

  EXPECT_FALSE(unsqueezer.unsqueeze(CoderId::ZstdFresh, frame, 1000));
}

}  // namespace
}  // namespace lucarne::link
