// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include <gtest/gtest.h>

#include "display-relay/sources/qemu/display_listener.h"

namespace lucarne::relay::qemu {
namespace {

using surface::Pixel;

std::vector<std::uint8_t> bytesOf(std::initializer_list<Pixel> pixels) {
  std::vector<std::uint8_t> bytes;
  base::ByteWriter writer(bytes);
  for (const Pixel p : pixels) writer.u32(p);
  return bytes;
}

struct DisplayPainterTest : testing::Test {
  surface::Screen screen;
  DisplayPainter painter{screen};
};

TEST_F(DisplayPainterTest, AScanoutIsThePicture) {
  const auto bytes = bytesOf({1, 2, 3, 4});

  ASSERT_TRUE(painter.scanout({2, 2, 8, kPixmanX8R8G8B8, bytes}));

  EXPECT_EQ(screen.size(), (surface::Size{2, 2}));
  EXPECT_EQ(screen.picture().at(1, 1), 4u);
  EXPECT_FALSE(painter.takeIncomplete());
}

TEST_F(DisplayPainterTest, AnUpdateChangesItsPartOnly) {
  ASSERT_TRUE(painter.scanout({2, 2, 8, kPixmanX8R8G8B8, bytesOf({1, 2, 3, 4})}));

  ASSERT_TRUE(painter.update(1, 0, {1, 2, 4, kPixmanX8R8G8B8, bytesOf({8, 9})}));

  EXPECT_EQ(screen.picture().at(0, 0), 1u);
  EXPECT_EQ(screen.picture().at(1, 0), 8u);
  EXPECT_EQ(screen.picture().at(1, 1), 9u);
}

TEST_F(DisplayPainterTest, AnUpdateBeyondThePictureIsCutAndThePictureAskedForAgain) {
  ASSERT_TRUE(painter.scanout({2, 2, 8, kPixmanX8R8G8B8, bytesOf({1, 2, 3, 4})}));

  ASSERT_TRUE(painter.update(1, 1, {2, 1, 8, kPixmanX8R8G8B8, bytesOf({8, 9})}));

  EXPECT_EQ(screen.picture().at(1, 1), 8u);
  EXPECT_TRUE(painter.takeIncomplete());
  EXPECT_FALSE(painter.takeIncomplete()) << "told once";
}

TEST_F(DisplayPainterTest, AnUpdateFarOutsideTouchesNothing) {
  ASSERT_TRUE(painter.scanout({1, 1, 4, kPixmanX8R8G8B8, bytesOf({7})}));

  for (const std::int64_t far : {INT32_MIN, -1, 1, INT32_MAX}) {
    ASSERT_TRUE(painter.update(far, far, {1, 1, 4, kPixmanX8R8G8B8, bytesOf({9})}));
  }

  EXPECT_EQ(screen.picture().at(0, 0), 7u);
}

TEST_F(DisplayPainterTest, AnUpdateBeforeAnyScanoutAsksForThePicture) {
  EXPECT_TRUE(painter.update(0, 0, {1, 1, 4, kPixmanX8R8G8B8, bytesOf({9})}));

  EXPECT_TRUE(painter.takeIncomplete());
}

TEST_F(DisplayPainterTest, SharedMemoryIsReadWhereItChanged) {
  auto fd = base::createMemfd("test", 4096);
  ASSERT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  const auto write = base::duplicate(fd);
  const auto first = bytesOf({1, 2, 3, 4});
  ASSERT_EQ(::pwrite(write.get(), first.data(), first.size(), 8), 16);
  ASSERT_TRUE(painter.scanoutMemory(std::move(fd), 8, {2, 2, 8, kPixmanX8R8G8B8, {}}));
  EXPECT_EQ(screen.picture().at(1, 1), 4u);

  const auto second = bytesOf({5, 6, 7, 8});
  ASSERT_EQ(::pwrite(write.get(), second.data(), second.size(), 8), 16);
  ASSERT_TRUE(painter.updateMemory(1, 1, 100, 100));

  EXPECT_EQ(screen.picture().at(0, 0), 1u) << "nobody said that this changed";
  EXPECT_EQ(screen.picture().at(1, 1), 8u);
}

TEST_F(DisplayPainterTest, SharedMemoryThatCouldKillTheReaderIsRefused) {
  EXPECT_FALSE(painter.scanoutMemory(base::createMemfd("unsealed", 15), 0,
                                     {2, 2, 8, kPixmanX8R8G8B8, {}}));

  auto small = base::createMemfd("small", 15);
  ASSERT_EQ(::fcntl(small.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_FALSE(painter.scanoutMemory(std::move(small), 0, {2, 2, 8, kPixmanX8R8G8B8, {}}));

  EXPECT_FALSE(painter.updateMemory(0, 0, 1, 1)) << "nothing was shared";
}

TEST_F(DisplayPainterTest, ADescriptorThatIsNoDmabufIsRefused) {
  constexpr std::uint32_t kXr24 = 0x34325258;

  EXPECT_FALSE(painter.scanoutDmabuf(base::createMemfd("x", 4096), kXr24, 0, false,
                                     {2, 2, 8, 0, {}}));
  EXPECT_FALSE(painter.scanoutDmabuf(base::createMemfd("x", 4096), kXr24, 1, false,
                                     {2, 2, 8, 0, {}})) << "tiled";
}

TEST_F(DisplayPainterTest, ACursorMustFitItsLimits) {
  const std::vector<std::uint8_t> bytes(4 * 4, 0x80);

  EXPECT_TRUE(painter.defineCursor(2, 2, 9, -9, bytes));
  EXPECT_EQ(screen.cursor().hotspot, (surface::GuestPoint{1, 0}));
  EXPECT_FALSE(painter.defineCursor(2, 3, 0, 0, bytes));
  EXPECT_FALSE(painter.defineCursor(0, 2, 0, 0, bytes));
  EXPECT_FALSE(painter.defineCursor(257, 1, 0, 0, bytes));
}

}  // namespace
}  // namespace lucarne::relay::qemu
