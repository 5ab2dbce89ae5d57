// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/pixels.h"

#include <vector>

#include <gtest/gtest.h>

namespace lucarne::relay {
namespace {

using Octets = std::vector<std::uint8_t>;

surface::Pixel onePixel(std::uint32_t format, const Octets& bytes) {
  surface::Pixel out = 0;
  const UntrustedPicture picture{1, 1, static_cast<std::int64_t>(bytes.size()), format, bytes};
  EXPECT_TRUE(check(picture));
  paint(picture, {0, 0, 1, 1}, {&out, {1, 1}, 4}, {0, 0});
  return out & surface::kColourMask;
}

TEST(QemuPixels, AreTurnedIntoOurs) {
  EXPECT_EQ(onePixel(kPixmanX8R8G8B8, {0x33, 0x22, 0x11, 0xff}), 0x112233u);
  EXPECT_EQ(onePixel(kPixmanX8B8G8R8, {0x11, 0x22, 0x33, 0xff}), 0x112233u);
  EXPECT_EQ(onePixel(kPixmanR5G6B5, {0x00, 0xf8}), 0xff0000u);
  EXPECT_EQ(onePixel(kPixmanR5G6B5, {0xe0, 0x07}), 0x00ff00u);
  EXPECT_EQ(onePixel(kPixmanX1R5G5B5, {0x1f, 0x00}), 0x0000ffu);
  EXPECT_EQ(onePixel(kPixmanX1R5G5B5, {0x00, 0x7c}), 0xff0000u);
}

TEST(QemuPixels, ARowMayBeLongerThanItsPixels) {
  const Octets bytes = {1, 0, 0, 0, 99, 99, 99, 99, 2, 0, 0, 0};  // the last row has no padding
  surface::Pixel out[2] = {};
  const UntrustedPicture picture{1, 2, 8, kPixmanX8R8G8B8, bytes};

  ASSERT_TRUE(check(picture));
  paint(picture, {0, 0, 1, 2}, {out, {1, 2}, 4}, {0, 0});

  EXPECT_EQ(out[0], 1u);
  EXPECT_EQ(out[1], 2u);
}

TEST(QemuPixels, RefuseWhatCannotBe) {
  const Octets bytes(64, 0);

  EXPECT_TRUE(check({4, 4, 16, kPixmanX8R8G8B8, bytes}));
  EXPECT_FALSE(check({4, 5, 16, kPixmanX8R8G8B8, bytes})) << "one row too many";
  EXPECT_FALSE(check({4, 4, 15, kPixmanX8R8G8B8, bytes})) << "rows that overlap";
  EXPECT_FALSE(check({4, 4, 17, kPixmanX8R8G8B8, bytes})) << "a stride that runs past the end";
  EXPECT_FALSE(check({0, 4, 16, kPixmanX8R8G8B8, bytes}));
  EXPECT_FALSE(check({-1, 4, 16, kPixmanX8R8G8B8, bytes}));
  EXPECT_FALSE(check({65535, 65535, 262140, kPixmanX8R8G8B8, bytes}));
  EXPECT_FALSE(check({4, 4, 4294967295, kPixmanX8R8G8B8, bytes}));
  EXPECT_FALSE(check({4, 4, 16, 0x18020888, bytes})) << "a format that we do not know";
}

}  // namespace
}  // namespace lucarne::relay
