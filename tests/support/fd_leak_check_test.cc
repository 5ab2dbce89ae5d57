// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fd_leak_check.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/unique_fd.h"

namespace lucarne::test {
namespace {

TEST(FdLeakCheck, FindsADeliberateLeak) {
  const FdLeakCheck check;

  const int leak = base::createMemfd("forgotten", 1).release();

  EXPECT_NE(check.leaked().find("forgotten"), std::string::npos);
  ::close(leak);
}

TEST(FdLeakCheck, FindsALeakThatTookTheNumberOfSomethingClosed) {
  base::UniqueFd early = base::createMemfd("early", 1);
  const FdLeakCheck check;

  early.reset();
  const base::UniqueFd late = base::createMemfd("late", 1);

  EXPECT_NE(check.leaked().find("late"), std::string::npos);
}

TEST(FdLeakCheck, IsQuietWhenEverythingWasClosed) {
  const base::UniqueFd before = base::createMemfd("before", 1);
  const FdLeakCheck check;

  base::createMemfd("passing", 1).reset();

  EXPECT_EQ(check.leaked(), "");
}

}  // namespace
}  // namespace lucarne::test
