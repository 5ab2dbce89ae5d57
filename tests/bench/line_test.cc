// SPDX-License-Identifier: Apache-2.0
#include "bench/line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/result.h"
#include "bench/line_commands.h"
#include "bench/pty_end.h"

namespace lucarne::bench {
namespace {

struct Folder {
  Folder() { path = ::mkdtemp(path.data()); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = "/tmp/lucarne-line-XXXXXX";
};

// Two terminals joined by a line, opened at their far ends as programs would.
class LineTest : public testing::Test {
 protected:
  base::UniqueFd openFar(const PtyEnd& end) {
    return base::UniqueFd::adopt(
        ::open(end.path().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  }

  // Turns the loop until `count` bytes were read, or a generous time is over.
  std::string read(const base::UniqueFd& fd, std::size_t count) {
    std::string got;
    bool late = false;
    const auto timer = loop_.after(std::chrono::seconds(20), [&late] { late = true; });
    const auto poll = loop_.every(std::chrono::milliseconds(1), [] {});
    while (got.size() < count && !late) {
      char bytes[4096];
      const ssize_t n = ::read(fd.get(), bytes, std::min(sizeof bytes, count - got.size()));
      if (n > 0)
        got.append(bytes, static_cast<std::size_t>(n));
      else
        loop_.turn(true);
    }
    return got;
  }

  Folder folder_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  PtyEnd first_{folder_.path + "/first", PtyMode::Raw};
  PtyEnd second_{folder_.path + "/second", PtyMode::Raw};
};

TEST_F(LineTest, CarriesBytesBothWays) {
  Line line(first_.fd(), second_.fd(), LineShape{}, context_);
  const auto one = openFar(first_);
  const auto two = openFar(second_);

  ASSERT_EQ(::write(one.get(), "there\n", 6), 6);
  ASSERT_EQ(::write(two.get(), "back\003", 5), 5);

  EXPECT_EQ(read(two, 6), "there\n");
  EXPECT_EQ(read(one, 5), "back\003");
  EXPECT_EQ(line.counts().forwardBytes, 6u);
  EXPECT_EQ(line.counts().backwardBytes, 5u);
}

TEST_F(LineTest, KeepsWhatWasWrittenBeforeTheFarEndWasOpened) {
  const Line line(first_.fd(), second_.fd(), LineShape{}, context_);
  const auto one = openFar(first_);
  ASSERT_EQ(::write(one.get(), "early", 5), 5);
  loop_.turn(true);

  const auto two = openFar(second_);

  EXPECT_EQ(read(two, 5), "early");
}

TEST_F(LineTest, SurvivesAFarEndThatClosesAndComesBack) {
  const Line line(first_.fd(), second_.fd(), LineShape{}, context_);
  const auto one = openFar(first_);
  openFar(second_).reset();

  const auto two = openFar(second_);
  ASSERT_EQ(::write(one.get(), "again", 5), 5);

  EXPECT_EQ(read(two, 5), "again");
}

TEST_F(LineTest, InjectsWhatNobodySent) {
  Line line(first_.fd(), second_.fd(), LineShape{}, context_);
  const auto two = openFar(second_);

  line.inject(Way::Forward, 1024);

  EXPECT_EQ(read(two, 1024).size(), 1024u);
  EXPECT_EQ(line.counts().forwardBytes, 0u);
}

TEST_F(LineTest, DoesNotReadFasterThanItsRate) {
  Line line(first_.fd(), second_.fd(), LineShape{.bytesPerSecond = 20000}, context_);
  const auto one = openFar(first_);
  const auto two = openFar(second_);
  const base::TimePoint start = clock_.now();

  ASSERT_EQ(::write(one.get(), std::string(2000, 'x').data(), 2000), 2000);
  ASSERT_EQ(read(two, 2000).size(), 2000u);

  EXPECT_GE(clock_.now() - start, std::chrono::milliseconds(99));
}

TEST_F(LineTest, ObeysOrders) {
  Line line(first_.fd(), second_.fd(), LineShape{}, context_);

  EXPECT_EQ(obey(line, "stats"), R"({"forward_bytes":0,"backward_bytes":0,"bits_flipped":0})");
  EXPECT_EQ(obey(line, "inject forward 10"), R"({"ok":true})");
  EXPECT_EQ(obey(line, "errors 1e-5"), R"({"ok":true})");
  EXPECT_EQ(obey(line, "rate 50k"), R"({"ok":true})");
  EXPECT_EQ(obey(line, "stall 0.01"), R"({"ok":true})");
}

TEST_F(LineTest, RefusesOrdersItDoesNotUnderstand) {
  Line line(first_.fd(), second_.fd(), LineShape{}, context_);

  for (const char* order :
       {"", "fly", "inject", "inject up 3", "inject forward -1", "inject forward 99999999",
        "inject forward 1 2", "errors", "errors 2", "errors x", "errors 0 0", "stats now", "rate", "rate fast",
        "rate 1 2", "stall", "stall -1", "stall 99999", "stall nan"}) {
    EXPECT_NE(obey(line, order).find("error"), std::string::npos) << order;
  }
}

TEST(PtyEnd, ReplacesALeftOverLinkButNoFile) {
  const Folder folder;
  ASSERT_EQ(::symlink("/nowhere", (folder.path + "/link").c_str()), 0);
  base::UniqueFd::adopt(::open((folder.path + "/file").c_str(), O_CREAT | O_WRONLY, 0600));

  EXPECT_NO_THROW(PtyEnd(folder.path + "/link", PtyMode::Raw));
  EXPECT_THROW(PtyEnd(folder.path + "/file", PtyMode::Raw), base::SetupError);
}

TEST(PtyEnd, TakesItsLinkAway) {
  const Folder folder;
  { const PtyEnd end(folder.path + "/link", PtyMode::Raw); }

  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(folder.path + "/link")));
}

}  // namespace
}  // namespace lucarne::bench
