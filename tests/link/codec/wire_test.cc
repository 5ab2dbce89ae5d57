// SPDX-License-Identifier: Apache-2.0
#include "link/codec/wire.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

using surface::Rect;

TEST(Wire, NumbersComeBackAsTheyWent) {
  for (const std::uint32_t value : {0u, 1u, 127u, 128u, 16383u, 16384u, 0xffffffffu}) {
    std::vector<std::uint8_t> bytes;
    putVarint(bytes, value);
    base::ByteReader reader(bytes);

    EXPECT_EQ(readVarint(reader), value);
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(bytes.size(), varintBytes(value));
  }
}

TEST(Wire, RefusesNumbersThatAreTooLongOrCutShort) {
  for (const std::vector<std::uint8_t>& bytes :
       {std::vector<std::uint8_t>{}, {0x80}, {0xff, 0xff, 0xff, 0xff, 0x10},
        {0x80, 0x80, 0x80, 0x80, 0x80, 0x00}}) {
    base::ByteReader reader(bytes);

    EXPECT_EQ(readVarint(reader), 0u);
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Wire, RectanglesMustLieWithinThePicture) {
  const auto read = [](const Rect& r) {
    std::vector<std::uint8_t> bytes;
    putRect(bytes, r);
    base::ByteReader reader(bytes);
    return readRect(reader, {100, 50});
  };

  EXPECT_EQ(read({0, 0, 100, 50}), (Rect{0, 0, 100, 50}));
  EXPECT_EQ(read({99, 49, 1, 1}), (Rect{99, 49, 1, 1}));
  EXPECT_FALSE(read({1, 0, 100, 50}));
  EXPECT_FALSE(read({0, 1, 100, 50}));
  EXPECT_FALSE(read({5, 5, 0, 1}));
  EXPECT_FALSE(read({-1, 0, 2, 2}));  // 0xffffffff on the wire
}

TEST(Wire, TilesCoverThePictureAndNoMore) {
  const surface::Size picture{130, 64};

  EXPECT_EQ(tileGrid(picture), (surface::Size{3, 1}));
  EXPECT_EQ(tileRect(2, picture), (Rect{128, 0, 2, 64}));
}

}  // namespace
}  // namespace lucarne::link
