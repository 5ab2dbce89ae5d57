// SPDX-License-Identifier: Apache-2.0
#include "base/small_memory.h"

#include <fstream>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace lucarne::base {
namespace {

// KiB of files (programs and libraries) that this process has in memory.
long residentFiles() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word; status.ignore(std::numeric_limits<int>::max(), '\n')) {
    long kib = 0;
    if (word == "RssFile:" && status >> kib) return kib;
  }
  return 0;
}

TEST(SmallMemory, ReturnsWhatOnlySetUpNeeded) {
  const long before = residentFiles();

  returnSetUp();

  const long after = residentFiles();
  EXPECT_GT(before, 0);
  EXPECT_LT(after, before);
}

TEST(SmallMemory, MayBeReturnedAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    returnSetUp();
    EXPECT_THROW(throw std::string("unwound through pages that come back"), std::string);
  }
}

}  // namespace
}  // namespace lucarne::base
