// SPDX-License-Identifier: Apache-2.0
#include "base/byte_reader.h"

#include <gtest/gtest.h>

namespace lucarne::base {
namespace {

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  std::vector<std::uint8_t> bytes;
  ByteWriter(bytes).u8(1).u16(0x203).u32(0x4050607).u64(0x8090a0b0c0d0e0f).i16(-2).i32(-3).u16be(
      0x1234).u32be(0x56789abc).text("end");

  ByteReader reader(bytes);

  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x203);
  EXPECT_EQ(reader.u32(), 0x4050607u);
  EXPECT_EQ(reader.u64(), 0x8090a0b0c0d0e0fu);
  EXPECT_EQ(reader.i16(), -2);
  EXPECT_EQ(reader.i32(), -3);
  EXPECT_EQ(reader.u16be(), 0x1234);
  EXPECT_EQ(reader.u32be(), 0x56789abcu);
  EXPECT_EQ(reader.take(3).size(), 3u);
  EXPECT_TRUE(reader.done());
}

TEST(ByteReader, StaysFailedAfterAReadPastTheEnd) {
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  ByteReader reader(bytes);

  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_EQ(reader.u8(), 0);

  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.done());
}

TEST(ByteReader, IsNotDoneWhileBytesAreLeft) {
  const std::vector<std::uint8_t> bytes = {1, 2};
  ByteReader reader(bytes);

  reader.u8();

  EXPECT_TRUE(reader.ok());
  EXPECT_FALSE(reader.done());
}

}  // namespace
}  // namespace lucarne::base
