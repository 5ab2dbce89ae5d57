// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/patience.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

namespace lucarne::relay::x11 {
namespace {

class PatienceWithAServer : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = base::UniqueFd::adopt(ends[0]);
    theirs_ = base::UniqueFd::adopt(ends[1]);
  }
  int waitToRead(int milliseconds) const {
    pollfd read{ours_.get(), POLLIN, 0};
    return ::poll(&read, 1, milliseconds);
  }

  base::UniqueFd ours_;
  base::UniqueFd theirs_;
};

TEST_F(PatienceWithAServer, EndsAConnectionThatIsWaitedForTooLong) {
  Patience patience(ours_.get(), std::chrono::milliseconds(20));

  const int ready = patience.during([&] { return waitToRead(60'000); });

  EXPECT_EQ(ready, 1);
  char byte = 0;
  EXPECT_EQ(::recv(ours_.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(PatienceWithAServer, TakesNoTimeIntoAccountThatIsNotSpentWaiting) {
  Patience patience(ours_.get(), std::chrono::milliseconds(400));

  for (int i = 0; i < 4; ++i) {
    patience.during([&] { return waitToRead(1); });
    EXPECT_EQ(waitToRead(150), 0);
  }
}

TEST_F(PatienceWithAServer, MayEndAtAnyTime) {
  for (int i = 0; i < 50; ++i) Patience(ours_.get()).during([] { return 0; });
}

}  // namespace
}  // namespace lucarne::relay::x11
