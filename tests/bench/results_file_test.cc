// SPDX-License-Identifier: Apache-2.0
#include "bench/results_file.h"

#include <gtest/gtest.h>

#include "base/result.h"
#include "bench/document.h"

namespace lucarne::bench {
namespace {

Task taskOf(const char* scene, const char* line) {
  Task task;
  task.scene = scene;
  task.line = line;
  task.path = "lucarne";
  return task;
}

Outcome outcomeOf(double fps) {
  Outcome outcome;
  outcome.shownPerSecond = fps;
  outcome.cpuPerFrameOf["kiosk"] = fps / 10;
  return outcome;
}

ResultFile fileOf(const char* scene, std::vector<double> rates) {
  ResultFile file{.commands = {"lucarne-bench paths"}, .processor = "a processor", .cores = 2};
  Result result{taskOf(scene, "5M"), {}};
  for (const double fps : rates) result.runs.push_back(outcomeOf(fps));
  file.results.push_back(std::move(result));
  return file;
}

TEST(ResultsFile, GivesBackWhatWasWritten) {
  ResultFile file = fileOf("typing", {50, 60});
  EchoOutcome echo;
  echo.key.p95 = 12.5;
  echo.pointer.lost = 3;
  file.echoes.push_back({taskOf(kAtRest, "0"), {echo}});

  const ResultFile read = parseResults(toJson(file));

  EXPECT_EQ(read.commands, file.commands);
  ASSERT_EQ(read.results.size(), 1u);
  EXPECT_TRUE(sameTask(read.results[0].task, file.results[0].task));
  ASSERT_EQ(read.results[0].runs.size(), 2u);
  EXPECT_EQ(read.results[0].runs[1].shownPerSecond, 60);
  EXPECT_EQ(read.results[0].runs[1].cpuPerFrameOf.at("kiosk"), 6);
  ASSERT_EQ(read.echoes.size(), 1u);
  EXPECT_EQ(read.echoes[0].runs.at(0).key.p95, 12.5);
  EXPECT_EQ(read.echoes[0].runs.at(0).pointer.lost, 3);
}

TEST(ResultsFile, GivesBackHowPicturesComeAndLinesChange) {
  ResultFile file{.commands = {"lucarne-bench stills"}, .processor = "a processor", .cores = 2};
  file.boots.push_back({taskOf("typing", "0"), {{.first = 300}}});
  file.stills.push_back({taskOf("page", "115200baud"), {{.text = 900, .whole = -1}}});
  ChangesOutcome changes{.phases = {{.name = "50 kB/s", .settled = 700}}, .untilExact = 120};
  file.changes.push_back({taskOf("typing", "5M"), {changes}});

  const ResultFile read = parseResults(toJson(file));

  ASSERT_EQ(read.boots.size(), 1u);
  EXPECT_EQ(read.boots[0].runs.at(0).first, 300);
  ASSERT_EQ(read.stills.size(), 1u);
  EXPECT_EQ(read.stills[0].runs.at(0).text, 900);
  EXPECT_EQ(read.stills[0].runs.at(0).whole, -1);
  ASSERT_EQ(read.changes.size(), 1u);
  EXPECT_EQ(read.changes[0].runs.at(0).untilExact, 120);
  EXPECT_EQ(read.changes[0].runs.at(0).phases.at(0).name, "50 kB/s");
  EXPECT_EQ(read.changes[0].runs.at(0).phases.at(0).settled, 700);
}

TEST(Beginning, IsNeverWholeWhenMostRunsWereNot) {
  const Beginning whole{.whole = 900};
  const Beginning never{.whole = -1};

  EXPECT_EQ(median(std::vector{whole, never, never}).whole, -1);
  EXPECT_EQ(median(std::vector{whole, never, whole}).whole, 900);
}

TEST(ResultsFile, PutsRunsOfTheSameTaskTogether) {
  ResultFile file = fileOf("typing", {50});

  add(file, fileOf("typing", {60, 58}));

  ASSERT_EQ(file.results.size(), 1u);
  EXPECT_EQ(median(file.results[0].runs).shownPerSecond, 58);
}

TEST(ResultsFile, KeepsOtherTasksApart) {
  ResultFile file = fileOf("typing", {50});

  add(file, fileOf("video", {60}));

  EXPECT_EQ(file.results.size(), 2u);
}

TEST(ResultsFile, KeepsApartWhatDiffersInOneThingOnly) {
  const auto with = [](auto change) {
    Task task = taskOf("typing", "5M");
    change(task);
    return task;
  };
  const Task usual = taskOf("typing", "5M");

  EXPECT_TRUE(sameTask(usual, taskOf("typing", "5M")));
  EXPECT_FALSE(sameTask(usual, with([](Task& t) { t.window = "windowed"; })));
  EXPECT_FALSE(sameTask(usual, with([](Task& t) { t.rotation = surface::Rotation::Deg90; })));
  EXPECT_FALSE(sameTask(usual, with([](Task& t) { t.framesPerSecond = kOwnPace; })));
  EXPECT_FALSE(sameTask(usual, with([](Task& t) { t.faults.bitErrorRate = 1e-5; })));
}

TEST(ResultsFile, SaysInItsTableWhatIsNotAsUsual) {
  ResultFile file = fileOf("typing", {50});
  Task& task = file.results[0].task;
  task.window = "windowed";
  task.rotation = surface::Rotation::Deg90;
  task.faults.bitErrorRate = 1e-5;
  task.framesPerSecond = kOwnPace;

  const std::string table = toTable(parseResults(toJson(file)).results);

  EXPECT_NE(table.find("| typing at its own pace, windowed, turned by 90 | 5MB/s, 1e-05 wrong bits |"),
            std::string::npos)
      << table;
}

TEST(ProgramTable, SaysTheMostOfEachProgram) {
  ResultFile file = fileOf("typing", {50});
  file.results.push_back({taskOf("video", "5M"), {outcomeOf(20)}});
  file.results[0].runs[0].residentMiB["kiosk"] = 30;
  file.results[1].runs[0].residentMiB["kiosk"] = 40;

  EXPECT_NE(toProgramTable(file.results).find("| lucarne | kiosk | 40 | 2.00 | 5.00 |"),
            std::string::npos);
}

TEST(ResultsFile, DoesNotMixMachines) {
  ResultFile file = fileOf("typing", {50});
  ResultFile other = fileOf("typing", {60});
  other.processor = "another processor";

  EXPECT_THROW(add(file, std::move(other)), base::UsageError);
}

TEST(ResultsFile, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "{}", "{\"format\":3}", "{\"format\":3,\"results\":[7]}",
                           "{\"format\":99,\"results\":[]}", "{\"format\":\"x\",\"results\":[]}"}) {
    EXPECT_THROW(parseResults(text), base::UsageError) << text;
  }
}

TEST(Outcomes, AreLaterThanAnyTimeWhenTheyAreNever) {
  Outcome never;
  Outcome soon;
  soon.untilExact = 10;
  Outcome later;
  later.untilExact = 20;

  EXPECT_EQ(median(std::vector{never, soon, later}).untilExact, 20);
  EXPECT_EQ(median(std::vector{never, never, later}).untilExact, -1);
}

TEST(Document, HasAPartForEachFile) {
  ResultFile echoes{{"lucarne-bench echo"}, "a processor", 2, {}, {}};
  echoes.echoes.push_back({taskOf(kAtRest, "0"), {EchoOutcome{}}});

  const std::string page =
      toDocument({fileOf("typing", {50}), echoes}, "figures", "lucarne-bench document");

  EXPECT_NE(page.find("## Frames, latency, cost"), std::string::npos);
  EXPECT_NE(page.find("## Input"), std::string::npos);
  EXPECT_NE(page.find("figures/echo-key.svg"), std::string::npos);
}

}  // namespace
}  // namespace lucarne::bench
