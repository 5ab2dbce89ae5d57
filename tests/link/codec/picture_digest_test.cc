// SPDX-License-Identifier: Apache-2.0
#include "link/codec/picture_digest.h"

#include <gtest/gtest.h>

#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

TEST(PictureDigest, IsTheSameAfterTheLine) {
  bench::Canvas c({130, 65});
  bench::drawPhoto(c.frame(), surface::Rect::of(c.size()), 1);
  const PictureDigest digest = PictureDigest::of(c.view());
  std::vector<std::uint8_t> bytes;

  digest.encode(bytes);
  const auto parsed = PictureDigest::parse(bytes);

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->size, c.size());
  EXPECT_EQ(parsed->tiles, digest.tiles);
  EXPECT_EQ(bytes.size(), 4u + 6 * 8);
}

TEST(PictureDigest, CarriesWhatIsStored) {
  bench::Canvas c({130, 65});
  PictureDigest digest = PictureDigest::of(c.view());
  digest.stored = {7, 0x0123456789abcdef};
  std::vector<std::uint8_t> bytes;

  digest.encode(bytes);
  const auto parsed = PictureDigest::parse(bytes);

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tiles, digest.tiles);
  EXPECT_EQ(parsed->stored, digest.stored);
  for (std::size_t less = 1; less < 16; ++less) {
    EXPECT_FALSE(PictureDigest::parse(base::Bytes(bytes).first(bytes.size() - less))) << less;
  }
}

TEST(PictureDigest, RefusesEveryTruncationButTheEmptyOne) {
  bench::Canvas c({130, 65});
  std::vector<std::uint8_t> bytes;
  PictureDigest::of(c.view()).encode(bytes);

  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto parsed = PictureDigest::parse(base::Bytes(bytes).first(length));
    EXPECT_EQ(bool(parsed), length == 4) << length;
  }
}

TEST(PictureDigest, IgnoresTheByteThatMeansNothing) {
  bench::Canvas a({64, 64}, 0x11223344);
  bench::Canvas b({64, 64}, 0xff223344);

  EXPECT_EQ(PictureDigest::of(a.view()).tiles, PictureDigest::of(b.view()).tiles);
}

}  // namespace
}  // namespace lucarne::link
