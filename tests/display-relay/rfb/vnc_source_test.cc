// SPDX-License-Identifier: Apache-2.0
// The source with a real loop and real sockets, against a server that says what the test writes.
#include "display-relay/sources/vnc_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <fstream>

#include "display-relay/sources/rfb/des.h"
#include "tests/support/rfb_bytes.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

using ::testing::HasSubstr;
using rfb::Encoding;
using rfb::testing::Octets;
using rfb::testing::ServerBytes;

/// Hands out one end of a socket pair for each dial, while it accepts.
class PairTransport final : public link::Transport {
 public:
  PairTransport(base::Loop& loop, std::deque<base::UniqueFd>& serverEnds, const bool& accepts)
      : loop_(loop), serverEnds_(serverEnds), accepts_(accepts) {}

  void open(OnOpened onOpened) override {
    pending_ = loop_.after(base::Duration(0), [this, onOpened = std::move(onOpened)] {
      if (!accepts_) return onOpened(base::unexpected("pair: connection refused"));
      int ends[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
      serverEnds_.push_back(base::UniqueFd::adopt(ends[0]));
      onOpened(link::Stream{.fd = base::UniqueFd::adopt(ends[1])});
    });
  }
  void cancel() override { pending_.cancel(); }
  const std::string& name() const override { return name_; }
  link::LineKind kind() const override { return link::LineKind::Local; }

 private:
  base::Loop& loop_;
  std::deque<base::UniqueFd>& serverEnds_;
  const bool& accepts_;
  base::Timer pending_;
  std::string name_ = "pair";
};

class VncSourceTest : public ::testing::Test {
 protected:
  VncSourceTest() { ::signal(SIGPIPE, SIG_IGN); }  // as base::Program does
  void start(VncOptions options = {}) {
    source_.emplace(std::make_unique<PairTransport>(loop_, servers_, accepts_), std::move(options),
                    screen_, base::Context{loop_, clock_, base::Log::discard()});
    source_->start();
  }
  /// Runs the loop until `condition`; false after ten seconds.
  template <typename Condition>
  bool until(Condition condition) {
    bool late = false;
    const auto timer = loop_.after(std::chrono::seconds(10), [&late] { late = true; });
    while (!condition() && !late) loop_.turn(true);
    return !late;
  }
  bool dialled(std::size_t times) {
    return until([&] { return servers_.size() >= times; });
  }
  void say(const ServerBytes& bytes) {
    ASSERT_EQ(::write(servers_.back().get(), bytes.bytes.data(), bytes.bytes.size()),
              static_cast<ssize_t>(bytes.bytes.size()));
  }
  Octets heard() {
    Octets bytes(100000);
    const ssize_t count = ::read(servers_.back().get(), bytes.data(), bytes.size());
    bytes.erase(bytes.begin() + std::max<ssize_t>(count, 0), bytes.end());
    return bytes;
  }
  static ServerBytes picture(std::uint32_t colour) {
    ServerBytes bytes;
    bytes.update(1).rect(0, 0, 64, 32, Encoding::Raw);
    for (int i = 0; i < 64 * 32; ++i) bytes.pixel(colour);
    return bytes;
  }
  bool shows(std::uint32_t colour) {
    return screen_.hasPicture() && (screen_.picture().at(63, 31) & surface::kColourMask) == colour;
  }

  base::Loop loop_;
  base::RealClock clock_;
  surface::Screen screen_;
  std::deque<base::UniqueFd> servers_;
  bool accepts_ = true;
  std::optional<VncSource> source_;
};

TEST_F(VncSourceTest, ShowsThePictureAndSaysSo) {
  start();
  EXPECT_EQ(screen_.phaseWords(), "connecting to pair");
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(0x123456));

  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  EXPECT_TRUE(shows(0x123456));
  EXPECT_EQ(screen_.phaseWords(), "connected to pair");
}

TEST_F(VncSourceTest, TriesAgainUntilTheServerIsThere) {
  accepts_ = false;
  start();
  ASSERT_TRUE(until([&] { return screen_.phaseWords() != "connecting to pair"; }));
  EXPECT_EQ(screen_.phaseWords(), "pair: connection refused; trying again");
  EXPECT_EQ(screen_.phase(), surface::Phase::Waiting);

  accepts_ = true;
  EXPECT_TRUE(dialled(1));
}

TEST_F(VncSourceTest, ComesBackWithTheLastPictureStillThere) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(1));
  ASSERT_TRUE(until([&] { return shows(1); }));
  servers_.back().reset();

  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Lost; }));
  EXPECT_EQ(screen_.phaseWords(), "pair: the server closed the connection; trying again");
  EXPECT_TRUE(shows(1));

  const auto lost = clock_.now();
  ASSERT_TRUE(dialled(2));
  say(ServerBytes().greeting(64, 32));
  say(picture(2));
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  EXPECT_TRUE(shows(2));
  EXPECT_LT(clock_.now() - lost, std::chrono::seconds(1));
}

TEST_F(VncSourceTest, LeavesAServerThatLiesAndComesBack) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(ServerBytes().update(1).rect(0, 0, 65535, 65535, Encoding::Raw));

  ASSERT_TRUE(dialled(2));
  EXPECT_THAT(screen_.phaseWords(), HasSubstr("outside its screen"));
  Octets rest(100000);
  while (::read(servers_.front().get(), rest.data(), rest.size()) > 0) {
  }
  EXPECT_EQ(::read(servers_.front().get(), rest.data(), rest.size()), 0) << "hung up";
}

TEST_F(VncSourceTest, GoesOnFromThePieceThatASinkHeldUp) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  std::vector<surface::Hold> holds;
  for (std::uint32_t colour = 1; colour <= surface::Screen::kBuffers; ++colour) {
    say(picture(colour));
    ASSERT_TRUE(until([&] { return shows(colour); }));
    holds.push_back(screen_.hold());
  }
  say(picture(9));
  servers_.back().reset();  // and the server goes away meanwhile
  bool waited = false;
  const auto timer = loop_.after(std::chrono::milliseconds(50), [&waited] { waited = true; });
  ASSERT_TRUE(until([&] { return waited; }));
  EXPECT_FALSE(shows(9));

  for (surface::Hold& hold : holds) screen_.release(std::move(hold));

  EXPECT_TRUE(until([&] { return shows(9); }));
  EXPECT_TRUE(until([&] { return screen_.phase() == surface::Phase::Lost; }));
}

TEST_F(VncSourceTest, SendsInputAtOnce) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(1));
  ASSERT_TRUE(until([&] { return shows(1); }));
  heard();

  screen_.input(surface::PointerMoved{{3, 4}});

  EXPECT_EQ(heard(), (Octets{5, 0, 0, 3, 0, 4}));
}

TEST_F(VncSourceTest, LiftsKeysBeforeItGoes) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(1));
  ASSERT_TRUE(until([&] { return shows(1); }));
  screen_.input(surface::Key{KEY_ESC, surface::Transition::Pressed});
  heard();

  source_.reset();

  EXPECT_EQ(heard(), (Octets{4, 0, 0, 0, 0, 0, 0xff, 0x1b}));
}

TEST_F(VncSourceTest, NothingStaysHeldOverAReconnect) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(1));
  ASSERT_TRUE(until([&] { return shows(1); }));
  screen_.input(surface::PointerButton{BTN_LEFT, surface::Transition::Pressed});
  servers_.back().reset();
  ASSERT_TRUE(dialled(2));
  screen_.input(surface::PointerButton{BTN_LEFT, surface::Transition::Released});
  say(ServerBytes().greeting(64, 32));
  say(picture(2));
  ASSERT_TRUE(until([&] { return shows(2); }));
  heard();

  screen_.input(surface::PointerMoved{{3, 4}});

  EXPECT_EQ(heard(), (Octets{5, 0, 0, 3, 0, 4}));
}

TEST_F(VncSourceTest, DoesNotWakeUpWhileNothingHappens) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().greeting(64, 32));
  say(picture(1));
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  while (loop_.turn(false)) {
  }

  EXPECT_FALSE(loop_.turn(false)) << "something is always ready";
}

TEST_F(VncSourceTest, SaysWhatIsWrongWithThePasswordFile) {
  const test::TempDir dir;
  start({.passwordFile = dir.path() + "/missing"});
  ASSERT_TRUE(until([&] { return screen_.phaseWords() != "connecting to pair"; }));
  EXPECT_THAT(screen_.phaseWords(), HasSubstr("missing: No such file"));
}

TEST_F(VncSourceTest, TakesThePasswordFromTheFilesFirstLine) {
  const test::TempDir dir;
  std::ofstream(dir.path() + "/password") << "secret\nnot this\n";
  start({.passwordFile = dir.path() + "/password"});
  ASSERT_TRUE(dialled(1));
  rfb::Challenge challenge{1, 2, 3};
  say(ServerBytes().version().u8(1).u8(2).raw({challenge.begin(), challenge.end()}));
  Octets got;
  ASSERT_TRUE(until([&] {
    for (const std::uint8_t b : heard()) got.push_back(b);
    return got.size() >= 12 + 1 + 16;
  }));

  const rfb::Challenge answer = rfb::answerChallenge(challenge, "secret");
  EXPECT_TRUE(std::equal(answer.begin(), answer.end(), got.begin() + 13));
}

TEST_F(VncSourceTest, AsksThePersonForAPassword) {
  start();
  ASSERT_TRUE(dialled(1));
  say(ServerBytes().version().u8(1).u8(2));
  ASSERT_TRUE(until([&] { return screen_.phaseWords() != "connecting to pair"; }));
  EXPECT_EQ(screen_.phaseWords(),
            "pair: server asks for a password: use --password-file; trying again");
}

}  // namespace
}  // namespace lucarne::relay
