// SPDX-License-Identifier: Apache-2.0
#include "surface/dmabuf.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "surface/frame.h"
#include "tests/support/dmabuf.h"
#include "tests/support/fd_leak_check.h"

namespace lucarne::surface {
namespace {

constexpr std::uint32_t kXr24 = 0x34325258;
constexpr std::uint32_t kRgb565 = 0x36314752;
constexpr std::uint64_t kTiled = 0x0100000000000004;

DmabufLayout rows(Size size, std::uint32_t stride, std::uint32_t offset = 0) {
  return {size, Rect::of(size), {kXr24, kModifierLinear}, false, {{offset, stride}}};
}

// A memfd has a size too; that it is no dma-buf does not matter to the arithmetic.
base::Result<std::uint64_t> sizeOfFile(const base::UniqueFd& fd) {
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return base::unexpected("no size");
  return static_cast<std::uint64_t>(size);
}

Dmabuf bufferOf(DmabufLayout layout, std::size_t bytes) {
  Dmabuf dmabuf{std::move(layout), {}};
  for (std::size_t i = 0; i < dmabuf.layout.planes.size(); ++i) {
    dmabuf.fds.push_back(base::createMemfd("test", bytes));
  }
  return dmabuf;
}

TEST(DmabufLayout, TakesRowsOfPixelsAndPlanesThatAModifierExplains) {
  EXPECT_TRUE(checkLayout(rows({10, 10}, 40)));
  EXPECT_TRUE(checkLayout(rows({10, 10}, 64, 4096)));
  DmabufLayout planes{{64, 64}, {1, 1, 62, 62}, {kXr24, kTiled}, true, {{0, 256}, {99, 0}}};
  EXPECT_TRUE(checkLayout(planes));
  DmabufLayout narrow{{10, 10}, {0, 0, 10, 10}, {kRgb565, kModifierUnsaid}, false, {{0, 20}}};
  EXPECT_TRUE(checkLayout(narrow));
}

TEST(DmabufLayout, RefusesWhatCannotBe) {
  EXPECT_FALSE(checkLayout(rows({0, 10}, 40)));
  EXPECT_FALSE(checkLayout(rows({kMaxSide + 1, 10}, 1 << 18)));
  EXPECT_FALSE(checkLayout(rows({10, 10}, 39))) << "rows overlap";
  EXPECT_FALSE(checkLayout(rows({10, 10}, (1 << 20) + 1)));
  DmabufLayout layout = rows({10, 10}, 40);
  layout.picture = {1, 0, 10, 10};
  EXPECT_FALSE(checkLayout(layout)) << "outside";
  layout = rows({10, 10}, 40);
  layout.picture = {5, 5, 0, 0};
  EXPECT_FALSE(checkLayout(layout)) << "empty";
  layout = rows({10, 10}, 40);
  layout.planes.push_back({0, 40});
  EXPECT_FALSE(checkLayout(layout)) << "rows have one plane";
  layout = rows({10, 10}, 40);
  layout.planes.clear();
  EXPECT_FALSE(checkLayout(layout));
  layout = rows({10, 10}, 40);
  layout.format.fourcc = 0x3231564e;  // NV12
  EXPECT_FALSE(checkLayout(layout));
}

TEST(Dmabuf, NeedsRoomForItsLastPixelAndNoMore) {
  const std::size_t bytes = 4096 + 9 * 64 + 40;  // the last row ends with its last pixel

  EXPECT_TRUE(checkDmabuf(bufferOf(rows({10, 10}, 64, 4096), bytes), sizeOfFile));
  EXPECT_FALSE(checkDmabuf(bufferOf(rows({10, 10}, 64, 4096), bytes - 1), sizeOfFile));
}

TEST(Dmabuf, IsNotFooledByNumbersThatOverflow) {
  EXPECT_FALSE(checkDmabuf(bufferOf(rows({10, 10}, 1 << 20, 0xffffffff), 4096), sizeOfFile));
  EXPECT_FALSE(checkDmabuf(bufferOf(rows({16384, 2000}, 1 << 20, 0xff000000), 1 << 20), sizeOfFile));
}

TEST(Dmabuf, NeedsEachPlaneToBeginWithinItsBuffer) {
  const DmabufLayout inside{{8, 8}, {0, 0, 8, 8}, {kXr24, kTiled}, false, {{0, 32}, {4095, 0}}};
  DmabufLayout outside = inside;
  outside.planes[1].offset = 4096;

  EXPECT_TRUE(checkDmabuf(bufferOf(inside, 4096), sizeOfFile));
  EXPECT_FALSE(checkDmabuf(bufferOf(outside, 4096), sizeOfFile));
}

TEST(Dmabuf, NeedsADescriptorForEachPlane) {
  Dmabuf dmabuf = bufferOf({{8, 8}, {0, 0, 8, 8}, {kXr24, kTiled}, false, {{0, 32}, {9, 0}}}, 4096);
  dmabuf.fds.pop_back();

  EXPECT_FALSE(checkDmabuf(dmabuf, sizeOfFile));
}

TEST(Dmabuf, IsTheSameBufferWhateverItsDescriptor) {
  const Dmabuf one = bufferOf(rows({10, 10}, 40), 4096);
  Dmabuf again{one.layout, {}};
  again.fds.push_back(base::duplicate(one.fds[0]));
  Dmabuf moved{rows({10, 10}, 40, 8), {}};
  moved.fds.push_back(base::duplicate(one.fds[0]));

  EXPECT_TRUE(isSameBuffer(one, again));
  EXPECT_FALSE(isSameBuffer(one, moved)) << "another part of it";
  EXPECT_FALSE(isSameBuffer(one, bufferOf(one.layout, 4096)));
}

TEST(Dmabuf, OfRowsIsReadByWhoeverReadsWhatIsNotSaid) {
  const std::vector<DmabufFormat> unsaid = {{kXr24, kModifierUnsaid}};
  const std::vector<DmabufFormat> tiled = {{kXr24, kTiled}};

  EXPECT_TRUE(canRead(unsaid, {kXr24, kModifierUnsaid}));
  EXPECT_TRUE(canRead(unsaid, {kXr24, kModifierLinear}));
  EXPECT_FALSE(canRead(unsaid, {kXr24, kTiled}));
  EXPECT_FALSE(canRead(unsaid, {kRgb565, kModifierLinear}));
  EXPECT_FALSE(canRead(tiled, {kXr24, kModifierLinear}));
  EXPECT_FALSE(canRead({}, {kXr24, kModifierLinear}));
}

TEST(DmabufSize, RefusesEverythingThatIsNoDmabuf) {
  const test::FdLeakCheck leaks;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const auto read = base::UniqueFd::adopt(ends[0]);
  const auto write = base::UniqueFd::adopt(ends[1]);

  EXPECT_FALSE(dmabufSize(base::createMemfd("test", 4096)));
  EXPECT_FALSE(dmabufSize(base::UniqueFd::adopt(::open("/dev/zero", O_RDWR | O_CLOEXEC))));
  EXPECT_FALSE(dmabufSize(read));
  EXPECT_FALSE(dmabufSize({}));
}

TEST(DmabufSize, IsWhatTheKernelSays) {
  const auto buffer = test::Dmabuf::create(3 * 4096);
  if (!buffer) GTEST_SKIP() << test::kNoDmabuf;

  const auto size = dmabufSize(buffer->fd());

  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(*size, 3u * 4096);
}

}  // namespace
}  // namespace lucarne::surface
