// SPDX-License-Identifier: Apache-2.0
#include "kiosk/stats.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace lucarne::kiosk {
namespace {

using std::chrono::milliseconds;

std::vector<nlohmann::json> linesOf(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

struct StatsTest : ::testing::Test {
  StatsTest() { ::close(::mkstemp(path.data())); }
  ~StatsTest() override { ::unlink(path.c_str()); }
  surface::Stamp drawnNow(std::uint32_t counter) const {
    return {counter, static_cast<std::uint64_t>(base::toMicroseconds(clock.now().time_since_epoch()))};
  }

  std::string path = "/tmp/lucarne-stats-XXXXXX";
  base::ManualClock clock;
};

TEST_F(StatsTest, MeasureFromTheDrawingToThePresent) {
  Stats stats(path, "fake", clock);
  for (std::uint32_t i = 0; i < 100; ++i) {
    stats.onUpload(10);
    stats.onStamp(drawnNow(i));
    clock.advance(milliseconds(i + 1));
    stats.onPresent();
  }

  stats.finish();

  const auto last = linesOf(path).back();
  EXPECT_TRUE(last.at("final"));
  EXPECT_EQ(last.at("presents"), 100);
  EXPECT_EQ(last.at("stamped_presents"), 100);
  EXPECT_EQ(last.at("uploaded_bytes"), 100 * 10 * 4);
  EXPECT_NEAR(last.at("latency_ms_p50"), 50.5, 0.6);
  EXPECT_NEAR(last.at("latency_ms_p95"), 95, 0.6);
  EXPECT_NEAR(last.at("latency_ms_max"), 100, 0.01);
  EXPECT_NEAR(last.at("fps"), 100 / 5.05, 0.01);
}

TEST_F(StatsTest, CountAStampOnlyOnce) {
  Stats stats(path, "fake", clock);
  stats.onStamp(drawnNow(7));
  stats.onPresent();
  stats.onStamp(drawnNow(7));  // the same picture again: something else on it moved
  stats.onPresent();
  stats.onStamp(std::nullopt);
  stats.onPresent();

  stats.finish();

  const auto last = linesOf(path).back();
  EXPECT_EQ(last.at("presents"), 3);
  EXPECT_EQ(last.at("stamped_presents"), 1);
}

TEST_F(StatsTest, WriteALineASecondOnlyWhileSomethingIsPresented) {
  Stats stats(path, "fake", clock);
  for (int i = 0; i < 25; ++i) {
    clock.advance(milliseconds(100));
    stats.onPresent();
  }
  clock.advance(std::chrono::hours(1));

  EXPECT_EQ(linesOf(path).size(), 2u);
}

TEST(Stats, SayWhereTheyCannotBeWritten) {
  const base::ManualClock clock;
  EXPECT_THROW(Stats("/nonexistent/stats.json", "fake", clock), base::SetupError);
}

TEST(Percentile, IsTheValueBelowWhichThatShareLies) {
  std::vector<float> values = {5, 1, 4, 2, 3};

  EXPECT_EQ(percentile(values, 0), 1);
  EXPECT_EQ(percentile(values, 0.5), 3);
  EXPECT_EQ(percentile(values, 1), 5);
  values.clear();
  EXPECT_EQ(percentile(values, 0.5), 0);
}

}  // namespace
}  // namespace lucarne::kiosk
