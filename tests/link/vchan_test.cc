// SPDX-License-Identifier: Apache-2.0
// The vchan transports on a machine of our own (fake_domains.h); the real Xen's turn is in
// tests/xen.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "link/link_end.h"
#include "link/transports/vchan/vchan_transport.h"
#include "tests/support/fake_domains.h"

namespace lucarne::link {
namespace {

using base::Result;
using std::chrono::seconds;
using test::FakeDomains;
using test::FakeMachine;

class VchanTest : public testing::Test {
 protected:
  VchanTest() { machine_.names = {{"0", 0}, {"guest", 3}, {"3", 3}}; }

  std::unique_ptr<Transport> guestConnects(const std::string& rest = "0/screen") {
    return createVchan(rest, std::make_unique<FakeDomains>(machine_, 3), context_);
  }
  std::unique_ptr<Transport> panelListens(const std::string& rest = "guest/screen") {
    return createVchanListen(rest, std::make_unique<FakeDomains>(machine_, 0), context_);
  }

  /// Turns the loop until `done`, for at most twenty seconds.
  bool turnUntil(const std::function<bool()>& done) {
    bool late = false;
    const auto limit = loop_.after(seconds(20), [&] { late = true; });
    while (!done() && !late) loop_.turn(true);
    return done();
  }

  /// Both ends of a fresh vchan.
  std::pair<Stream, Stream> join(Transport& listening, Transport& connecting) {
    std::optional<Result<Stream>> served;
    std::optional<Result<Stream>> connected;
    listening.open([&](Result<Stream> opened) { served.emplace(std::move(opened)); });
    connecting.open([&](Result<Stream> opened) { connected.emplace(std::move(opened)); });
    EXPECT_TRUE(turnUntil([&] { return served && connected; }));
    EXPECT_TRUE(*served);
    EXPECT_TRUE(*connected) << connected->error().message;
    return {std::move(**served), std::move(**connected)};
  }

  std::string take(const base::UniqueFd& fd, std::size_t count) {
    std::string got;
    turnUntil([&] {
      char bytes[4096];
      const ssize_t n = ::read(fd.get(), bytes, std::min(sizeof bytes, count - got.size()));
      if (n > 0) got.append(bytes, static_cast<std::size_t>(n));
      return got.size() == count || n == 0;
    });
    return got;
  }

  static void put(const base::UniqueFd& fd, const std::string& text) {
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  /// Whether reading finds the end, after what was under way.
  bool ends(const base::UniqueFd& fd) {
    return turnUntil([&] {
      char byte;
      return ::read(fd.get(), &byte, 1) == 0;
    });
  }

  FakeMachine machine_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
};

TEST_F(VchanTest, CarriesEveryByteBothWays) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const auto listening = panelListens();
  const auto connecting = guestConnects();
  auto [panel, guest] = join(*listening, *connecting);

  put(guest.fd, all);
  put(panel.fd, "back");

  EXPECT_EQ(take(panel.fd, 256), all);
  EXPECT_EQ(take(guest.fd, 4), "back");
  EXPECT_EQ(guest.kind, LineKind::Network);
}

TEST_F(VchanTest, CarriesMoreThanItsRingAndItsBuffersHoldWhileNobodyReads) {
  const auto listening = panelListens("guest/screen,ring=4096");
  const auto connecting = guestConnects();
  auto [panel, guest] = join(*listening, *connecting);
  std::string sent;
  std::string got;
  char block[10'000];

  // Reads only while writing is refused: everything on the way is full again and again.
  turnUntil([&] {
    for (char& c : block)
      c = static_cast<char>(sent.size() + static_cast<std::size_t>(&c - block) * 7);
    const ssize_t n = sent.size() < 3'000'000 ? ::write(guest.fd.get(), block, sizeof block) : -1;
    if (n > 0) {
      sent.append(block, static_cast<std::size_t>(n));
    } else {
      const ssize_t taken = ::read(panel.fd.get(), block, sizeof block);
      if (taken > 0) got.append(block, static_cast<std::size_t>(taken));
    }
    loop_.turn(false);
    const auto nudge = loop_.after({}, [] {});
    return sent.size() >= 3'000'000 && got.size() == sent.size();
  });

  EXPECT_EQ(got.size(), sent.size());
  EXPECT_TRUE(got == sent);
}

TEST_F(VchanTest, DeliversWhatWasWrittenBeforeTheOtherSideWent) {
  const auto listening = panelListens();
  const auto connecting = guestConnects();
  auto [panel, guest] = join(*listening, *connecting);

  put(guest.fd, "goodbye");
  guest = Stream{};

  EXPECT_EQ(take(panel.fd, 7), "goodbye");
  EXPECT_TRUE(ends(panel.fd));
}

TEST_F(VchanTest, TellsTheClientThatTheServerHasGone) {
  const auto listening = panelListens();
  const auto connecting = guestConnects();
  auto [panel, guest] = join(*listening, *connecting);

  put(panel.fd, "bye");
  panel = Stream{};

  EXPECT_EQ(take(guest.fd, 3), "bye");
  EXPECT_TRUE(ends(guest.fd));
}

TEST_F(VchanTest, ServesOneClientAfterTheOtherInNewRings) {
  const auto listening = panelListens();
  const auto connecting = guestConnects();
  for (int visit = 1; visit <= 3; ++visit) {
    auto [panel, guest] = join(*listening, *connecting);
    put(panel.fd, "never read");
    put(guest.fd, "x");
    EXPECT_EQ(take(panel.fd, 1), "x");
    EXPECT_EQ(machine_.served, visit);
  }
}

TEST_F(VchanTest, AnswersThatNobodyServesYet) {
  std::optional<Result<Stream>> answer;
  const auto connecting = guestConnects();

  connecting->open([&](Result<Stream> opened) { answer.emplace(std::move(opened)); });

  EXPECT_FALSE(answer.has_value()) << "called back from inside open()";
  ASSERT_TRUE(turnUntil([&] { return answer.has_value(); }));
  EXPECT_EQ(answer->error().message, "vchan:0/screen: nobody serves it yet");
}

TEST_F(VchanTest, WaitsForADomainThatHasNotStartedAndServesItsNextNumberToo) {
  machine_.names.erase("guest");
  std::optional<Result<Stream>> served;
  const auto listening = panelListens();
  listening->open([&](Result<Stream> opened) { served.emplace(std::move(opened)); });
  EXPECT_EQ(machine_.served, 0);

  machine_.names["guest"] = 2;
  ASSERT_TRUE(turnUntil([&] { return machine_.served == 1; }));
  machine_.names["guest"] = 3;  // it was restarted before it came
  ASSERT_TRUE(turnUntil([&] { return machine_.served == 2; }));
  std::optional<Result<Stream>> connected;
  const auto connecting = guestConnects();
  connecting->open([&](Result<Stream> opened) { connected.emplace(std::move(opened)); });

  ASSERT_TRUE(turnUntil([&] { return served && connected; }));
  EXPECT_TRUE(*served);
  EXPECT_TRUE(*connected);
}

TEST_F(VchanTest, EndsWhenTheDomainIsDestroyedWithoutAWord) {
  const auto listening = panelListens();
  const auto connecting = guestConnects();
  auto [panel, guest] = join(*listening, *connecting);

  machine_.names["guest"] = 4;

  EXPECT_TRUE(ends(panel.fd));
}

TEST_F(VchanTest, CancellingKeepsItSilentAndTakesTheRingsAway) {
  bool called = false;
  const auto listening = panelListens();
  listening->open([&](Result<Stream>) { called = true; });
  listening->cancel();
  const auto connecting = guestConnects();
  std::optional<Result<Stream>> connected;
  connecting->open([&](Result<Stream> opened) { connected.emplace(std::move(opened)); });

  ASSERT_TRUE(turnUntil([&] { return connected.has_value(); }));
  EXPECT_FALSE(*connected);
  EXPECT_FALSE(called);
}

TEST_F(VchanTest, RefusesMalformedAddresses) {
  for (const char* rest : {"", "0", "0/", "/screen", "0/a/b", "0/a b", "a:b/c"}) {
    EXPECT_THROW(guestConnects(rest), base::UsageError) << rest;
    EXPECT_THROW(panelListens(rest), base::UsageError) << rest;
  }
  for (const char* rest : {"0/a,ring=", "0/a,ring=4095", "0/a,ring=1048577", "0/a,ring=x"}) {
    EXPECT_THROW(panelListens(rest), base::UsageError) << rest;
  }
  EXPECT_EQ(panelListens("3/a,ring=1048576")->name(), "vchan-listen:3/a");
}

class Counter : public LinkListener {
 public:
  void onUp(const Peer&) override { ++ups; }
  void onDown(const std::string&) override { ++downs; }
  void onMessage(Channel, base::Bytes message) override {
    last.assign(message.begin(), message.end());
  }
  int ups = 0;
  int downs = 0;
  std::string last;
};

TEST_F(VchanTest, ALinkOverItFindsItsPeerAgainThatRestarts) {
  Counter panelSide;
  LinkEnd panel(panelListens(), {.name = "panel"}, panelSide, context_);
  panel.start();
  for (int life = 1; life <= 3; ++life) {
    Counter guestSide;
    LinkEnd guest(guestConnects(), {.name = "guest"}, guestSide, context_);
    guest.start();
    ASSERT_TRUE(turnUntil([&] { return guest.isUp() && panel.isUp(); })) << life;
    const std::string text = "life " + std::to_string(life);
    ASSERT_TRUE(
        guest.send(Channel::Control,
                   base::Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())));
    EXPECT_TRUE(turnUntil([&] { return panelSide.last == text; }));
    EXPECT_EQ(panelSide.ups, life);
  }
}

}  // namespace
}  // namespace lucarne::link
