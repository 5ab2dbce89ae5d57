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

TEST_F(RequestPaceTest, HoldsOnceAPictureCameLongBeforeTheLastOneWasUsed) {
  update(0, 4);
  update(40, 44);
  EXPECT_TRUE(pace_.holds(at(44)));
  pace_.wanted(at(104));
  EXPECT_TRUE(pace_.holds(at(104)));
}

TEST_F(RequestPaceTest, AsksSoThatThePictureComesWhenItCanBeUsed) {
  update(0, 4);
  pace_.wanted(at(64));  // 60 ms later
  update(70, 74);
  EXPECT_TRUE(pace_.holds(at(74)));
  EXPECT_EQ(pace_.latest(), at(74 + 60 - 17));
}

TEST_F(RequestPaceTest, AsksForWhatTakesLongToComeOnlyWhenItIsWanted) {
  update(0, 20);
  pace_.wanted(at(80));
  update(100, 120);
  EXPECT_EQ(pace_.latest(), at(120 + 19 * 20));
}

TEST_F(RequestPaceTest, LetsGoWhenTheNextIsWantedSoon) {
  update(0, 4);
  update(40, 44);
  pace_.wanted(at(50));
  EXPECT_FALSE(pace_.holds(at(50)));
}

TEST_F(RequestPaceTest, DoesNotCountSmallUpdates) {
  update(0, 1, 4096);
  update(100, 101, 4096);
  EXPECT_FALSE(pace_.holds(at(101)));
}

TEST_F(RequestPaceTest, AsksInAnyCaseAfterTwentyTimesTheCost) {
  update(0, 4);
  pace_.wanted(at(10000));
  update(20000, 20004);
  EXPECT_EQ(pace_.latest(), at(20004 + 4 * 19));
  update(20100, 20100);
  EXPECT_EQ(pace_.latest(), at(20125));
  update(21000, 21400);
  EXPECT_EQ(pace_.latest(), at(21900));
}

TEST_F(RequestPaceTest, HoldsNothingWhileAnAnswerToInputIsAwaited) {
  update(0, 4);
  update(40, 44);
  pace_.input(at(50));
  EXPECT_FALSE(pace_.holds(at(51)));
  EXPECT_FALSE(pace_.holds(at(149)));
  EXPECT_TRUE(pace_.holds(at(150)));
}

}  // namespace
}  // namespace lucarne::relay::rfb
