// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/request_pace.h"

#include <gtest/gtest.h>

namespace lucarne::relay::rfb {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kWhole = 1280 * 800;

class RequestPaceTest : public ::testing::Test {
 protected:
  base::TimePoint at(int ms) const { return start_ + milliseconds(ms); }
  void update(int began, int ended, std::int64_t pixels = kWhole) {
    pace_.updateBegan(at(began));
    pace_.updateEnded(pixels, at(ended));
  }

  const base::TimePoint start_ = base::TimePoint{} + std::chrono::hours(1);
  RequestPace pace_;
};

TEST_F(RequestPaceTest, HoldsNothingForWhoeverKeepsUp) {
  for (int frame = 0; frame < 10; ++frame) {
    update(frame * 16, frame * 16 + 4);
    pace_.wanted(at(frame * 16 + 9));
    EXPECT_FALSE(pace_.holds(at(frame * 16 + 10)));
  }
}

TEST_F(RequestPaceTest, HoldsOnceAPictureCameBeforeTheLastOneWasUsed) {
  update(0, 4);
  update(16, 20);
  EXPECT_TRUE(pace_.holds(at(20)));
  pace_.wanted(at(80));
  EXPECT_TRUE(pace_.holds(at(80)));
}

TEST_F(RequestPaceTest, LetsGoWhenTheNextIsWantedSoon) {
  update(0, 4);
  update(16, 20);
  pace_.wanted(at(22));
  EXPECT_FALSE(pace_.holds(at(22)));
}

TEST_F(RequestPaceTest, DoesNotCountSmallUpdates) {
  update(0, 1, 4096);
  update(100, 101, 4096);
  EXPECT_FALSE(pace_.holds(at(101)));
}

TEST_F(RequestPaceTest, AsksInAnyCaseAfterTwentyTimesTheCost) {
  update(0, 4);
  EXPECT_EQ(pace_.latest(), at(4 + 4 * 19));
  update(100, 100);
  EXPECT_EQ(pace_.latest(), at(125));
  update(1000, 1400);
  EXPECT_EQ(pace_.latest(), at(1900));
}

TEST_F(RequestPaceTest, HoldsNothingWhileAnAnswerToInputIsAwaited) {
  update(0, 4);
  update(16, 20);
  pace_.input(at(30));
  EXPECT_FALSE(pace_.holds(at(31)));
  EXPECT_FALSE(pace_.holds(at(129)));
  EXPECT_TRUE(pace_.holds(at(130)));
}

}  // namespace
}  // namespace lucarne::relay::rfb
