// SPDX-License-Identifier: Apache-2.0
#include "link/codec/line_plan.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

constexpr std::int64_t kVideo = 640 * 400;
constexpr std::int64_t kWhole = 1280 * 800;

LinePlan planFor(double rate, std::int64_t photo, std::int64_t hot) {
  LinePlan plan;
  plan.setRate(rate);
  plan.beginFrame(photo, hot);
  return plan;
}

TEST(LinePlan, SendsPhotographsExactlyWhereTheLineKeepsUp) {
  EXPECT_FALSE(planFor(2e9, kWhole, kWhole).wantsLossy(true));
  EXPECT_FALSE(planFor(84e6, kWhole, 0).wantsLossy(false));
  EXPECT_FALSE(planFor(5e6, 64 * 64, 0).wantsLossy(false));
}

TEST(LinePlan, GoesLossyWhereItDoesNot) {
  EXPECT_TRUE(planFor(5e6, kWhole, 0).wantsLossy(false));
  EXPECT_TRUE(planFor(300e3, 64 * 64 * 4, 0).wantsLossy(false));
  EXPECT_TRUE(planFor(11.5e3, 64 * 64, 0).wantsLossy(false));
}

TEST(LinePlan, GoesLossyForAVideoWhereThatIsLessWork) {
  EXPECT_TRUE(planFor(84e6, kVideo, kVideo).wantsLossy(true));
  EXPECT_FALSE(planFor(84e6, kVideo, kVideo).wantsLossy(false));
}

TEST(LinePlan, SpendsTheLineOnQuality) {
  EXPECT_GT(planFor(5e6, kVideo, kVideo).quality(), planFor(5e6, kWhole, kWhole).quality());
  EXPECT_GT(planFor(5e6, kWhole, kWhole).quality(), planFor(300e3, kWhole, kWhole).quality());
}

TEST(LinePlan, LearnsHowPicturesCompress) {
  LinePlan plan;
  plan.setRate(5e6);
  plan.beginFrame(kWhole, kWhole);
  const int before = plan.quality();

  for (int i = 0; i < 50; ++i) plan.onLossy(before, kWhole, static_cast<std::size_t>(kWhole));  // 8 bits
  plan.beginFrame(kWhole, kWhole);

  EXPECT_LT(plan.quality(), before);
}

TEST(LinePlan, TakesAVideoWhereStripsOfItTakeTooLong) {
  EXPECT_TRUE(planFor(300e3, kVideo, kVideo).wantsVideo(kVideo, false));
  EXPECT_FALSE(planFor(84e6, kVideo, kVideo).wantsVideo(kVideo, false));
  EXPECT_FALSE(planFor(0, kVideo, kVideo).wantsVideo(kVideo, false)) << "nothing is known of the line";
}

TEST(LinePlan, KeepsAVideoUntilTheLineIsClearlyFaster) {
  const double between = kVideo * 0.95 / 8 / 0.013;
  EXPECT_FALSE(planFor(between, kVideo, kVideo).wantsVideo(kVideo, false));
  EXPECT_TRUE(planFor(between, kVideo, kVideo).wantsVideo(kVideo, true));
}

TEST(LinePlan, GivesAVideosPictureLessThanAFramesTimeOfTheLine) {
  EXPECT_LT(planFor(300e3, kVideo, kVideo).videoBytes(kVideo), 300e3 / 60);
  EXPECT_GT(planFor(11.5e3, kWhole, kWhole).videoBytes(kWhole), 1000u) << "or nothing would be seen";
}

TEST(LinePlan, AssumesSomethingUntilTheLineIsMeasured) {
  EXPECT_EQ(planFor(0, kWhole, 0).pace(), LinePlan::Pace::Medium);
}

}  // namespace
}  // namespace lucarne::link
