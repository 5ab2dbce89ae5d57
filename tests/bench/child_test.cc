// SPDX-License-Identifier: Apache-2.0
#include "bench/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "bench/process_usage.h"
#include "bench/temporary_folder.h"

namespace lucarne::bench {
namespace {

constexpr base::Duration kLong = std::chrono::seconds(20);

Command shell(const std::string& text) { return {.arguments = {"/bin/sh", "-c", text}}; }

TEST(Child, TellsHowAProgramEnded) {
  EXPECT_EQ(endInWords(*Child(shell("exit 0")).waitFor(kLong)), "");
  EXPECT_EQ(endInWords(*Child(shell("exit 3")).waitFor(kLong)), "exit code 3");
  EXPECT_EQ(endInWords(*Child(shell("kill -9 $$")).waitFor(kLong)), "signal 9 (Killed)");
  EXPECT_EQ(endInWords(*Child({.arguments = {"/nowhere"}}).waitFor(kLong)),
            "the program could not be started");
}

TEST(Child, ReportsItsEndInTheLoop) {
  base::Loop loop;
  Child child(shell("exit 5"));
  int status = -1;
  child.onEnd(loop, [&](int ended) {
    status = ended;
    loop.quit();
  });

  loop.run();

  EXPECT_EQ(endInWords(status), "exit code 5");
}

TEST(Child, EndsWithItsOwner) {
  pid_t pid = 0;
  {
    const Child child(shell("exec sleep 1000"));
    pid = child.pid();
    ASSERT_TRUE(usageOf(pid));
  }

  EXPECT_FALSE(usageOf(pid));
}

TEST(Child, HasTheFilesAndTheEnvironmentItWasGiven) {
  const TemporaryFolder folder("lucarne-child");
  std::ofstream(folder.file("in")) << "from the file";
  Command command = shell("cat; echo \" $WORD\"; echo complaint >&2");
  command.environment = {"WORD=heard"};
  command.input = folder.file("in");
  command.output = folder.file("out");
  command.errors = folder.file("err");

  ASSERT_EQ(Child(command).waitFor(kLong), 0);

  std::string out, err;
  std::getline(std::ifstream(folder.file("out")), out);
  std::getline(std::ifstream(folder.file("err")), err);
  EXPECT_EQ(out, "from the file heard");
  EXPECT_EQ(err, "complaint");
}

TEST(ProcessUsage, SeesItsOwnProcess) {
  const auto before = usageOf(::getpid());
  ASSERT_TRUE(before);
  const auto extra = base::UniqueFd::adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC));

  const auto after = usageOf(::getpid());

  ASSERT_TRUE(after);
  EXPECT_EQ(after->descriptors, before->descriptors + 1);
  EXPECT_GT(after->residentBytes, 1 << 20);
  EXPECT_GE(after->peakResidentBytes, after->residentBytes);
  EXPECT_GE(after->cpuSeconds, before->cpuSeconds);
}

TEST(ProcessUsage, SeesNothingOfAProcessThatIsNot) { EXPECT_FALSE(usageOf(-5)); }

TEST(TemporaryFolder, IsGoneAfterwards) {
  std::string path;
  {
    const TemporaryFolder folder("lucarne-test");
    path = folder.path();
    std::ofstream(folder.file("something")) << "x";
    ASSERT_TRUE(std::filesystem::is_directory(path));
  }

  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace lucarne::bench
