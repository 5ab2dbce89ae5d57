// SPDX-License-Identifier: Apache-2.0
#include "surface/mapped_picture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/fd_leak_check.h"

namespace lucarne::surface {
namespace {

constexpr Size kSize{64, 32};
constexpr std::uint32_t kStride = 64 * 4;
constexpr std::size_t kBytes = kStride * 32;

base::UniqueFd sealed(std::size_t bytes, int seals = F_SEAL_SHRINK) {
  auto fd = base::createMemfd("test", bytes);
  EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, seals), 0);
  return fd;
}

TEST(MappedPicture, ShowsWhatTheOwnerPaints) {
  const auto buffer = FrameBuffer::create(kSize);
  const auto picture = MappedPicture::create(base::duplicate(buffer.fd()), kSize,
                                             static_cast<std::uint32_t>(buffer.frame().strideBytes));
  ASSERT_TRUE(picture);

  buffer.frame().at(63, 31) = 0xabcdef;

  EXPECT_EQ((*picture)->frame().at(63, 31), 0xabcdefu);
  EXPECT_EQ((*picture)->size(), kSize);
}

TEST(MappedPicture, RefusesMemoryThatCouldShrink) {
  EXPECT_FALSE(MappedPicture::create(base::createMemfd("test", kBytes), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes, F_SEAL_GROW), kSize, kStride));
}

TEST(MappedPicture, RefusesMemoryThatIsAByteTooSmall) {
  EXPECT_TRUE(MappedPicture::create(sealed(kBytes), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes - 1), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(sealed(0), kSize, kStride));
}

TEST(MappedPicture, RefusesImpossibleSizesAndStrides) {
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes), {0, 32}, kStride));
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes), {65535, 65535}, kStride));
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes), kSize, kStride - 4));
  EXPECT_FALSE(MappedPicture::create(sealed(2 * kBytes), kSize, kStride + 2));
  EXPECT_FALSE(MappedPicture::create(sealed(kBytes), kSize, UINT32_MAX));
}

TEST(MappedPicture, RefusesWhatIsNotAnOrdinaryMemfd) {
  const auto file = [](const char* path, int flags) {
    return base::UniqueFd::adopt(::open(path, flags | O_CLOEXEC, 0600));
  };
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  auto reader = base::UniqueFd::adopt(ends[0]);
  const auto writer = base::UniqueFd::adopt(ends[1]);

  EXPECT_FALSE(MappedPicture::create(file("/dev/zero", O_RDWR), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(file("/proc/self/exe", O_RDONLY), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(file("/tmp", O_RDONLY | O_DIRECTORY), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(std::move(reader), kSize, kStride));
  EXPECT_FALSE(MappedPicture::create(base::UniqueFd(), kSize, kStride));
}

TEST(MappedPicture, RefusesHugePagesWhichMayRunOutUnderAReader) {
  auto fd = base::UniqueFd::adopt(
      ::memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
  if (!fd) GTEST_SKIP() << "this kernel has no huge pages";
  ASSERT_EQ(::ftruncate(fd.get(), 2 << 20), 0);
  ASSERT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);

  EXPECT_FALSE(MappedPicture::create(std::move(fd), kSize, kStride));
}

TEST(MappedPicture, LeavesNothingBehind) {
  const test::FdLeakCheck check;

  { const auto picture = MappedPicture::create(sealed(kBytes), kSize, kStride); }
  { const auto refused = MappedPicture::create(sealed(1), kSize, kStride); }

  EXPECT_EQ(check.leaked(), "");
}

TEST(CopySealedPixels, CopiesAndRefusesLikeMapping) {
  auto fd = base::createMemfd("cursor", 16);
  const Pixel pixels[] = {1, 2, 3, 4};
  ASSERT_EQ(::pwrite(fd.get(), pixels, 16, 0), 16);

  EXPECT_FALSE(copySealedPixels(fd, 4)) << "not sealed yet";
  ASSERT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  const auto copy = copySealedPixels(fd, 4);

  ASSERT_TRUE(copy);
  EXPECT_EQ(*copy, (std::vector<Pixel>{1, 2, 3, 4}));
  EXPECT_FALSE(copySealedPixels(fd, 5));
}

}  // namespace
}  // namespace lucarne::surface
