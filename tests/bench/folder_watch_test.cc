// SPDX-License-Identifier: Apache-2.0
#include "bench/folder_watch.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "bench/temporary_folder.h"
#include "bench/text_file.h"

namespace lucarne::bench {
namespace {

using namespace std::chrono_literals;

Command shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}}; }

TEST(FolderWatch, WakesForWhatAnotherProgramWrites) {
  const TemporaryFolder folder("watch-test");
  const FolderWatch watch(folder.path());
  Child writer(shell("echo there > " + folder.file("file")));

  EXPECT_TRUE(watch.waitUntil(60s, [&] { return lastLine(folder.file("file")) == "there"; }));
}

TEST(FolderWatch, DoesNotWaitForAProgramThatHasEnded) {
  const TemporaryFolder folder("watch-test");
  const FolderWatch watch(folder.path());
  Child writer(shell("exit 3"));

  EXPECT_FALSE(watch.waitUntil(
      24h, [] { return false; }, &writer));
}

TEST(FolderWatch, GivesUpWhenPatienceIsOver) {
  const TemporaryFolder folder("watch-test");

  EXPECT_FALSE(FolderWatch(folder.path()).waitUntil(0s, [] { return false; }));
}

TEST(LastLine, IsTheLastOneThatIsWhole) {
  const TemporaryFolder folder("watch-test");
  writeText(folder.file("file"), "first\nsecond\nthi");

  EXPECT_EQ(lastLine(folder.file("file")), "second");
}

TEST(LastLine, IsEmptyWithoutAFile) { EXPECT_EQ(lastLine("/nonexistent/file"), ""); }

}  // namespace
}  // namespace lucarne::bench
