// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/result.h"
#include "bench/temporary_folder.h"
#include "demo/driver/performer.h"
#include "demo/driver/report.h"
#include "demo/driver/settings.h"
#include "demo/driver/stats_reader.h"
#include "kiosk/script.h"

namespace lucarne::demo {
namespace {

constexpr surface::Size kGuest{1280, 800};

Settings parse(std::vector<std::string> arguments) {
  CLI::App app;
  const SettingsParser parser(app);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(arguments);
  return parser.settings();
}

class DemoSettings : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("DISPLAY");
    ::unsetenv("WAYLAND_DISPLAY");
  }
};

TEST_F(DemoSettings, WithoutADisplayAreHeadlessForTenSeconds) {
  const Settings settings = parse({});

  EXPECT_EQ(settings.panel, Panel::Headless);
  EXPECT_EQ(settings.seconds, 10);
  EXPECT_EQ(settings.rotation, surface::Rotation::Deg90);
}

TEST_F(DemoSettings, WithADisplayAreAWindowUntilItIsClosed) {
  ::setenv("DISPLAY", ":0", 1);

  EXPECT_EQ(parse({}).panel, Panel::Window);
  EXPECT_EQ(parse({}).seconds, 0);
  EXPECT_EQ(parse({"--headless"}).panel, Panel::Headless);
}

TEST_F(DemoSettings, RefuseWhatCannotBe) {
  const std::vector<std::vector<std::string>> mistakes = {
      {"--rotate", "45"}, {"--seconds", "0"}, {"--seconds", "-1000"},
      {"--line", "fast"}, {"--vnc", "host"}, {"--page-screenshot", "x.png"},
  };
  for (const auto& mistake : mistakes) {
    EXPECT_THROW(parse(mistake), base::UsageError) << mistake[0] << " " << mistake[1];
  }
}

TEST(Performance, IsUnderstoodByTheKioskAndTakesItsTimeAtEveryRotation) {
  for (const surface::Rotation rotation : surface::kRotations) {
    const surface::Placement placement(surface::turned(kGuest, rotation), kGuest, rotation,
                                       surface::ScaleMode::Fit);
    std::istringstream script(performance(placement));
    base::Duration pauses{};
    int steps = 0;
    for (std::string line; std::getline(script, line);) {
      const auto parsed = kiosk::parseScriptLine(line);
      ASSERT_TRUE(parsed) << line;
      for (const auto& step : *parsed) {
        ++steps;
        if (const auto* sleep = std::get_if<kiosk::ScriptSleep>(&step)) pauses += sleep->pause;
      }
    }
    EXPECT_GT(steps, 300);
    EXPECT_EQ(pauses, kPerformanceTime);
  }
}

TEST(Performance, FitsIntoAPipe) {
  const surface::Placement placement(kGuest, kGuest, surface::Rotation::Deg0,
                                     surface::ScaleMode::Fit);

  EXPECT_LT(performance(placement).size(), 65536u / 4);
}

TEST(StatsLine, IsReadFieldByField) {
  const auto shown = parseStatsLine(
      R"({"final":true,"seconds":2.5,"presents":70,"stamped_presents":60,"uploaded_bytes":1000,)"
      R"("latency_ms_p50":8.5,"latency_ms_p95":12})");

  ASSERT_TRUE(shown);
  EXPECT_TRUE(shown->isFinal);
  EXPECT_EQ(shown->seconds, 2.5);
  EXPECT_EQ(shown->presents, 70u);
  EXPECT_EQ(shown->stampedPresents, 60u);
  EXPECT_EQ(shown->uploadedBytes, 1000u);
  EXPECT_EQ(shown->latencyP50Ms, 8.5);
  EXPECT_EQ(shown->latencyP95Ms, 12);
}

TEST(StatsLine, ThatIsNoneIsNothing) {
  for (const char* line : {"", "{", "[]", "7", "null", "\"final\""}) {
    EXPECT_FALSE(parseStatsLine(line)) << line;
  }
  EXPECT_EQ(parseStatsLine(R"({"presents":-3,"seconds":"x"})")->presents, 0u);
}

TEST(StatsReader, FollowsAFileThatGrows) {
  const bench::TemporaryFolder folder("lucarne-stats");
  StatsReader reader(folder.file("stats"));
  EXPECT_FALSE(reader.next());

  std::ofstream out(folder.file("stats"));
  out << R"({"presents":1})"
      << "\n"
      << R"({"presents":)" << std::flush;
  EXPECT_EQ(reader.next()->presents, 1u);
  EXPECT_FALSE(reader.next());  // half a line
  out << "2}\n" << std::flush;

  EXPECT_EQ(reader.next()->presents, 2u);
  EXPECT_FALSE(reader.next());
}

TEST(Report, SaysTheSameInATableAndInJson) {
  Report report{.firstPictureSeconds = 1.25,
                .seconds = 10,
                .framesShown = 585,
                .latencyP50Ms = 9.5,
                .latencyP95Ms = 14.25,
                .lineBytesToPanel = 20'000'000,
                .lineBytesToGuest = 5000,
                .rawBytes = 200'000'000,
                .programs = {{"kiosk", 0.25, 64 << 20}}};

  const auto json = nlohmann::json::parse(toJson(report, Settings{}));
  const std::string table = toTable(report, Settings{});

  EXPECT_EQ(json["frames_per_second"], 58.5);
  EXPECT_EQ(json["programs"][0]["cpu_share"], 0.25);
  for (const char* word : {"58.5 a second", "9.5 ms p50, 14.2 ms p95", "2.00 MB/s", "20.00 MB/s",
                           "10.0 times", "0.5 kB/s", "25.0 % of a core, 64 MiB"}) {
    EXPECT_NE(table.find(word), std::string::npos) << word << " in\n" << table;
  }
}

TEST(Report, OfNothingDividesByNothing) {
  EXPECT_NE(toTable(Report{}, Settings{}).find("0.0 a second"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(toJson(Report{}, Settings{}))["frames_per_second"], 0.0);
}

}  // namespace
}  // namespace lucarne::demo
