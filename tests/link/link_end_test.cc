// SPDX-License-Identifier: Apache-2.0
// LinkEnd over real lines: a PTY pair, a unix socket, a child.
#include "link/link_end.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lucarne::link {
namespace {

using base::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::uint8_t> bytesOf(std::string_view text) { return {text.begin(), text.end()}; }

struct Listener : LinkListener {
  void onUp(const Peer& peer) override {
    ++ups;
    name = peer.name;
  }
  void onDown(const std::string& words) override {
    ++downs;
    downWords = words;
  }
  void onMessage(Channel, base::Bytes message) override {
    bytes += message.size();
    texts.emplace_back(message.begin(), message.end());
  }
  void onLine(const std::string& words) override { lines.push_back(words); }
  int ups = 0;
  int downs = 0;
  std::size_t bytes = 0;
  std::string name;
  std::string downWords;
  std::vector<std::string> texts;
  std::vector<std::string> lines;
};

struct Plenty : Feed {
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    const std::size_t count = std::min(maxBytes, left);
    if (count == 0) return false;
    out.insert(out.end(), count, 0x55);
    left -= count;
    return true;
  }
  std::size_t left = 0;
};

int openDescriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

class LinkEndTest : public testing::Test {
 protected:
  LinkEndTest() {
    char pattern[] = "/tmp/lucarne-link-XXXXXX";
    folder_ = ::mkdtemp(pattern);
  }
  ~LinkEndTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::unique_ptr<LinkEnd> start(const std::string& uri, Role role, Listener& listener) {
    auto end = std::make_unique<LinkEnd>(
        createTransport(uri, context_),
        Introduction{.role = role, .name = role == Role::Guest ? "guest" : "panel"}, listener,
        context_);
    end->start();
    return end;
  }

  bool turnUntil(const std::function<bool()>& done, base::Duration most = seconds(10)) {
    bool late = false;
    const auto limit = loop_.after(most, [&] { late = true; });
    while (!done() && !late) loop_.turn(true);
    return done();
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::string folder_;
  Listener guest_;
  Listener panel_;
};

TEST_F(LinkEndTest, TwoEndsMeetOverAPtyPairAndTalk) {
  const auto a = start("pty:" + path("line"), Role::Panel, panel_);
  const auto b = start("serial:" + path("line"), Role::Guest, guest_);
  ASSERT_TRUE(turnUntil([&] { return a->isUp() && b->isUp(); }));

  ASSERT_TRUE(a->send(Channel::Input, bytesOf("key")));
  ASSERT_TRUE(b->send(Channel::Cursor, bytesOf("arrow")));
  ASSERT_TRUE(turnUntil([&] { return !guest_.texts.empty() && !panel_.texts.empty(); }));

  EXPECT_EQ(guest_.texts, std::vector<std::string>{"key"});
  EXPECT_EQ(panel_.texts, std::vector<std::string>{"arrow"});
  EXPECT_EQ(panel_.name, "guest");
}

TEST_F(LinkEndTest, CarriesAFeedWholeOverAPtyPair) {
  const auto a = start("pty:" + path("line"), Role::Panel, panel_);
  const auto b = start("serial:" + path("line"), Role::Guest, guest_);
  Plenty feed;
  feed.left = 3'000'000;
  b->setFeed(Channel::Screen, &feed);

  EXPECT_TRUE(turnUntil([&] { return panel_.bytes == 3'000'000; }, seconds(30)));

  EXPECT_EQ(b->stats().framesResent, 0u);
  EXPECT_GT(b->lineRate(), 100'000);
  EXPECT_GT(b->roundTrip(), base::Duration{});
}

TEST_F(LinkEndTest, ALeavingEndSaysGoodbyeAndItsSuccessorIsUpWithinASecond) {
  const auto a = start("pty:" + path("line"), Role::Panel, panel_);
  auto b = start("serial:" + path("line"), Role::Guest, guest_);
  ASSERT_TRUE(turnUntil([&] { return a->isUp(); }));  // b may not know it yet

  b.reset();
  ASSERT_TRUE(turnUntil([&] { return panel_.downs == 1; }, seconds(1)));
  EXPECT_EQ(panel_.downWords, "the other end left");
  const TimePoint back = clock_.now();
  b = start("serial:" + path("line"), Role::Guest, guest_);
  ASSERT_TRUE(turnUntil([&] { return panel_.ups == 2; }));

  EXPECT_LE(clock_.now() - back, seconds(1));
}

TEST_F(LinkEndTest, FindsAPeerThatComesLaterAndComesBack) {
  const auto a = start("unix:" + path("socket"), Role::Panel, panel_);
  for (int round = 1; round <= 3; ++round) {
    ASSERT_FALSE(turnUntil([] { return false; }, milliseconds(150)));
    const TimePoint back = clock_.now();
    const auto b = start("unix-listen:" + path("socket"), Role::Guest, guest_);
    ASSERT_TRUE(turnUntil([&] { return panel_.ups == round; })) << round;
    EXPECT_LE(clock_.now() - back, seconds(1));
  }
  EXPECT_FALSE(panel_.lines.empty());
}

TEST_F(LinkEndTest, GetsThroughGarbageInjectedIntoTheLine) {
  const auto a = start("pty:" + path("line"), Role::Panel, panel_);
  const auto b = start("serial:" + path("line"), Role::Guest, guest_);
  ASSERT_TRUE(turnUntil([&] { return a->isUp() && b->isUp(); }));
  Plenty feed;
  feed.left = 2'000'000;
  b->setFeed(Channel::Screen, &feed);
  const auto intruder = base::UniqueFd::adopt(
      ::open(path("line").c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  ASSERT_TRUE(intruder);
  const std::vector<std::uint8_t> noise(1024, 0xFE);

  const auto disturb = loop_.every(
      milliseconds(3), [&] { EXPECT_NE(::write(intruder.get(), noise.data(), noise.size()), 0); });

  EXPECT_TRUE(turnUntil([&] { return panel_.bytes == 2'000'000; }, seconds(30)));
  EXPECT_EQ(panel_.downs, 0);
}

TEST_F(LinkEndTest, AChildThatEndsIsStartedAgain) {
  const auto a = start("exec:sleep 0.02", Role::Panel, panel_);

  EXPECT_TRUE(turnUntil([&] {
    int opened = 0;
    for (const std::string& line : panel_.lines) opened += line.find("is open") != line.npos;
    return opened >= 3;
  }));
}

TEST_F(LinkEndTest, LeavesNoDescriptorBehind) {
  {
    const auto warm = start("exec:cat", Role::Panel, panel_);
    turnUntil([] { return false; }, milliseconds(20));
  }
  const int before = openDescriptors();
  for (int i = 0; i < 5; ++i) {
    const auto a = start("pty:" + path("line"), Role::Panel, panel_);
    const auto b = start("serial:" + path("line"), Role::Guest, guest_);
    const auto c = start("unix-listen:" + path("socket"), Role::Panel, panel_);
    const auto d = start("unix:" + path("socket"), Role::Guest, guest_);
    ASSERT_TRUE(turnUntil([&] { return a->isUp() && b->isUp() && c->isUp() && d->isUp(); }));
  }

  EXPECT_EQ(openDescriptors(), before);
}

TEST_F(LinkEndTest, APatientEndSaysThatItsLineIsMissingAndTakesItWhenItComes) {
  LinkEnd patient(createTransport("serial:" + path("line"), context_),
                  {.role = Role::Guest, .name = "guest"}, guest_, context_);
  patient.startPatiently();
  ASSERT_EQ(guest_.lines.size(), 1u);
  EXPECT_NE(guest_.lines[0].find("No such file"), std::string::npos) << guest_.lines[0];

  const auto other = start("pty:" + path("line"), Role::Panel, panel_);
  EXPECT_TRUE(turnUntil([&] { return patient.isUp() && other->isUp(); }));
}

TEST_F(LinkEndTest, AMistakeAtTheStartIsThrownSoThatTheProgramCanSayIt) {
  EXPECT_THROW(start("serial:" + path("none"), Role::Guest, guest_), base::SetupError);
}

// The other end in a process of its own, which can be stopped: both want the whole line.
TEST_F(LinkEndTest, ALineThatTakesNothingCostsNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    base::Loop loop;
    const base::Context context{loop, clock_, base::Log::discard()};
    Listener listener;
    Plenty feed;
    feed.left = SIZE_MAX;
    LinkEnd end(createTransport("serial:" + path("line"), context), {.name = "peer"}, listener,
                context);
    end.startPatiently();
    end.setFeed(Channel::Streams, &feed);
    loop.run();
    ::_exit(0);
  }
  Plenty feed;
  feed.left = SIZE_MAX;
  const auto end = start("pty:" + path("line"), Role::Panel, panel_);
  end->setFeed(Channel::Streams, &feed);
  ASSERT_TRUE(turnUntil([&] { return panel_.bytes > 1'000'000; }, seconds(20)));

  ::kill(child, SIGSTOP);
  turnUntil([] { return false; }, milliseconds(100));  // the line fills up
  int turns = 0;
  bool over = false;
  const auto time = loop_.after(milliseconds(400), [&] { over = true; });
  for (; !over; ++turns) loop_.turn(true);

  EXPECT_LT(turns, 60) << "it turns in a circle";
  end->setFeed(Channel::Streams, nullptr);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace lucarne::link
