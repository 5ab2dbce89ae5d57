// SPDX-License-Identifier: Apache-2.0
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/result.h"

namespace lucarne::base {
namespace {

UniqueFd openNull() { return UniqueFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

bool isOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, ClosesWhenItGoes) {
  int number = -1;
  {
    const UniqueFd fd = openNull();
    number = fd.get();
    ASSERT_TRUE(isOpen(number));
  }

  EXPECT_FALSE(isOpen(number));
}

TEST(UniqueFd, LeavesNothingBehindWhenMovedFrom) {
  UniqueFd first = openNull();
  const int number = first.get();

  const UniqueFd second = std::move(first);

  EXPECT_EQ(second.get(), number);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(UniqueFd, ClosesWhatItHadWhenAssigned) {
  UniqueFd fd = openNull();
  const int old = fd.get();
  UniqueFd other = openNull();
  const int fresh = other.get();

  fd = std::move(other);

  EXPECT_FALSE(isOpen(old));
  EXPECT_EQ(fd.get(), fresh);
}

TEST(UniqueFd, GivesUpOwnershipOnRelease) {
  UniqueFd fd = openNull();

  const int number = fd.release();

  EXPECT_FALSE(fd);
  EXPECT_TRUE(isOpen(number));
  ::close(number);
}

TEST(UniqueFd, DuplicatesForTheSameFileAndNotForChildren) {
  const UniqueFd fd = openNull();

  const UniqueFd copy = duplicate(fd);

  ASSERT_TRUE(copy);
  EXPECT_NE(copy.get(), fd.get());
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(UniqueFd, SetsNonBlockingAndRefusesWhatIsNotADescriptor) {
  const UniqueFd fd = openNull();

  setNonBlocking(fd);

  EXPECT_NE(::fcntl(fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_THROW(setNonBlocking(UniqueFd()), SetupError);
}

TEST(UniqueFd, MemoryHasTheSizeAskedForAndTakesSeals) {
  const UniqueFd fd = createMemfd("test", 12345);

  struct stat info {};
  ASSERT_EQ(::fstat(fd.get(), &info), 0);
  EXPECT_EQ(info.st_size, 12345);
  EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
}

}  // namespace
}  // namespace lucarne::base
