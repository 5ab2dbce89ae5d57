// SPDX-License-Identifier: Apache-2.0
#include "link/session.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "tests/support/session_pair.h"

namespace lucarne::link {
namespace {

using base::Duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::bytesOf;
using test::LineHabit;
using test::SessionPair;

std::vector<std::string> textsOn(const test::SimulatedEnd& end, Channel channel) {
  std::vector<std::string> texts;
  for (const auto& each : end.listener.received) {
    if (each.channel == channel) texts.emplace_back(each.message.begin(), each.message.end());
  }
  return texts;
}

/// Says the numbers from 0 on, each in a piece as long as it may be; endless unless `limit` bytes.
class CountingFeed : public Feed {
 public:
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    longest = std::max(longest, maxBytes);
    if (given >= limit) return false;
    const std::size_t count = std::min(maxBytes, limit - given);
    for (std::size_t i = 0; i < count; ++i)
      out.push_back(static_cast<std::uint8_t>((given + i) % 251));
    given += count;
    ++pieces;
    return true;
  }
  std::size_t limit = SIZE_MAX;
  std::size_t given = 0;
  std::size_t longest = 0;
  int pieces = 0;
};

std::size_t bytesOn(const test::SimulatedEnd& end, Channel channel) {
  std::size_t sum = 0;
  for (const auto& each : end.listener.received) {
    if (each.channel == channel) sum += each.message.size();
  }
  return sum;
}

TEST(Session, BothEndsLearnWhoTheOtherIs) {
  SessionPair pair;

  ASSERT_TRUE(pair.connect());

  ASSERT_EQ(pair.a.listener.peers.size(), 1u);
  EXPECT_EQ(pair.a.listener.peers[0].name, "panel");
  EXPECT_EQ(pair.a.listener.peers[0].role, Role::Panel);
  EXPECT_EQ(pair.a.listener.peers[0].capabilities, 0xBu);
  ASSERT_EQ(pair.b.listener.peers.size(), 1u);
  EXPECT_EQ(pair.b.listener.peers[0].name, "guest");
}

TEST(Session, IsUpWithinTwoRoundTrips) {
  SessionPair pair;
  pair.behave({.latency = milliseconds(5)});
  const auto start = pair.clock.now();

  ASSERT_TRUE(pair.connect());

  EXPECT_LE(pair.clock.now() - start, milliseconds(22));
}

TEST(Session, CarriesMessagesOfEveryChannelBothWays) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());

  for (int i = 0; i < kChannels; ++i) {
    ASSERT_TRUE(pair.a.session->send(static_cast<Channel>(i), bytesOf("to b")));
    ASSERT_TRUE(pair.b.session->send(static_cast<Channel>(i), bytesOf("to a")));
  }
  pair.run(milliseconds(10));

  for (int i = 0; i < kChannels; ++i) {
    EXPECT_EQ(textsOn(pair.b, static_cast<Channel>(i)), std::vector<std::string>{"to b"});
    EXPECT_EQ(textsOn(pair.a, static_cast<Channel>(i)), std::vector<std::string>{"to a"});
  }
}

TEST(Session, RefusesToSendWithoutASession) {
  SessionPair pair;

  EXPECT_FALSE(pair.a.session->send(Channel::Input, bytesOf("early")));
  ASSERT_TRUE(pair.connect());

  EXPECT_TRUE(pair.a.session->send(Channel::Input, bytesOf("now")));
}

TEST(Session, RefusesWhatWouldPassTheQueuesBound) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  pair.behave({.stalled = true});
  const std::vector<std::uint8_t> big(kMaxMessage, 7);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pair.a.session->send(Channel::Control, big));

  EXPECT_FALSE(pair.a.session->send(Channel::Control, bytesOf("one more")));
}

TEST(Session, CutsALongMessageAndJoinsItAgain) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 1e6, .latency = milliseconds(1)});
  ASSERT_TRUE(pair.connect());
  std::vector<std::uint8_t> cursor(300'000);
  std::iota(cursor.begin(), cursor.end(), std::uint8_t{0});

  ASSERT_TRUE(pair.a.session->send(Channel::Cursor, cursor));
  pair.run(milliseconds(500));

  ASSERT_EQ(pair.b.listener.received.size(), 1u);
  EXPECT_EQ(pair.b.listener.received[0].message, cursor);
}

TEST(Session, RefusesAnEndOfTheSameRoleInWords) {
  base::ManualClock clock;
  test::SimulatedEnd one(clock, {.role = Role::Panel}, 1);
  test::SimulatedEnd other(clock, {.role = Role::Panel}, 2);
  std::array<base::Bytes, 4> slots;
  one.session->tick();
  ASSERT_EQ(one.session->gather(slots), 1u);

  other.session->receive(slots[0]);
  other.session->receive(slots[0]);

  ASSERT_EQ(other.listener.refusals.size(), 1u);
  EXPECT_NE(other.listener.refusals[0].find("a panel's too"), std::string::npos);
  EXPECT_FALSE(other.session->isUp());
}

TEST(Session, DoesNotTakeItsOwnEchoForAPeer) {
  base::ManualClock clock;
  test::SimulatedEnd end(clock, {.role = Role::Either}, 1);
  std::array<base::Bytes, 4> slots;

  for (int i = 0; i < 50; ++i) {
    clock.advance(milliseconds(50));
    end.session->tick();
    const std::size_t filled = end.session->gather(slots);
    for (std::size_t s = 0; s < filled; ++s) {
      const std::vector<std::uint8_t> echo(slots[s].begin(), slots[s].end());
      end.session->sent(echo.size());
      end.session->receive(echo);
    }
  }

  EXPECT_TRUE(end.listener.peers.empty());
  EXPECT_GT(end.session->stats().bytesSent, 100u);
}

TEST(Session, GetsUpAlthoughEarlyBytesAreEchoedAndGarbageWasThereBefore) {
  SessionPair pair;
  pair.toA.inject(bytesOf("Debian GNU/Linux 12 guest hvc1\r\n\r\nguest login: \xFE\x4C\xFE"));
  pair.toB.inject(std::vector<std::uint8_t>(1000, 0xFE));

  EXPECT_TRUE(pair.connect());
}

TEST(Session, AMessageLostIsSentAgainAfterOneRoundTrip) {
  SessionPair pair;
  pair.behave({.latency = milliseconds(5)});
  ASSERT_TRUE(pair.connect());
  for (int i = 0; i < 10; ++i) {  // the round trip becomes known
    ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("warm")));
    pair.run(milliseconds(20));
  }
  pair.b.listener.received.clear();

  pair.toB.behave({.latency = milliseconds(5), .losses = 1.0});
  ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("lost")));
  pair.run(milliseconds(1));
  pair.toB.behave({.latency = milliseconds(5)});
  ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("next")));
  const auto start = pair.clock.now();
  ASSERT_TRUE(pair.runUntil([&] { return pair.b.listener.received.size() == 2; }, seconds(1)));

  // 5 ms until the gap shows, 5 ms back, 5 ms for the repetition.
  EXPECT_LE(pair.clock.now() - start, milliseconds(18));
  EXPECT_EQ(textsOn(pair.b, Channel::Input), (std::vector<std::string>{"lost", "next"}));
  EXPECT_EQ(pair.a.session->stats().timeouts, 0u);
}

TEST(Session, TheLastMessageLostIsSentAgainByTheClock) {
  SessionPair pair;
  pair.behave({.latency = milliseconds(5)});
  ASSERT_TRUE(pair.connect());

  pair.toB.behave({.latency = milliseconds(5), .losses = 1.0});
  ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("last")));
  pair.run(milliseconds(1));
  pair.toB.behave({.latency = milliseconds(5)});

  EXPECT_TRUE(
      pair.runUntil([&] { return pair.b.listener.received.size() == 1; }, milliseconds(200)));
  EXPECT_GE(pair.a.session->stats().timeouts, 1u);
}

TEST(Session, SequenceNumbersWrap) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  int next = 0;
  pair.b.listener.whenMessage = [&](const test::Received& got) {
    ASSERT_EQ(std::to_string(next++), std::string(got.message.begin(), got.message.end()));
    pair.b.listener.received.clear();
  };

  for (int i = 0; i < 70'000; ++i) {
    ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf(std::to_string(i))));
    if (i % 50 == 49) pair.run(microseconds(250));
  }
  pair.run(seconds(1));

  EXPECT_EQ(next, 70'000);
}

TEST(Session, AStaleOrForgedAcknowledgementDoesNothing) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  pair.toB.behave({.stalled = true});
  ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("one")));
  pair.run(milliseconds(1));
  const std::size_t before = pair.a.session->inFlight();
  std::vector<std::uint8_t> frame(kFrameHeader);
  sealFrame(frame, {.kind = FrameKind::Ack, .sequence = 40'000}, 12345);

  pair.a.session->receive(frame);

  EXPECT_EQ(pair.a.session->inFlight(), before);
}

TEST(Session, NoticesAPeerThatIsGoneWithinASecondAndForgivesIt) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  pair.run(seconds(1));

  pair.behave({.stalled = true});
  pair.run(milliseconds(1000));
  EXPECT_EQ(pair.a.listener.quiets, std::vector<bool>{true});
  ASSERT_TRUE(pair.a.session->send(Channel::Control, bytesOf("said in between")));
  pair.run(seconds(3));
  pair.behave({});
  pair.run(seconds(3));

  EXPECT_EQ(pair.a.listener.quiets, (std::vector<bool>{true, false}));
  EXPECT_TRUE(pair.a.listener.downs.empty());
  EXPECT_EQ(textsOn(pair.b, Channel::Control), std::vector<std::string>{"said in between"});
}

TEST(Session, ForgetsAPeerAfterALongSilence) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());

  pair.b.stop();
  pair.run(Session::kForgetAfter + milliseconds(300));

  ASSERT_EQ(pair.a.listener.downs.size(), 1u);
  EXPECT_NE(pair.a.listener.downs[0].find("15 s"), std::string::npos);
  EXPECT_FALSE(pair.a.session->isUp());
}

TEST(Session, APeerThatRestartsIsUpAgainAtOnce) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 1e6, .latency = milliseconds(2)});
  ASSERT_TRUE(pair.connect());
  pair.run(seconds(1));

  pair.b.restart();
  const auto start = pair.clock.now();
  ASSERT_TRUE(pair.runUntil([&] { return pair.a.listener.peers.size() == 2 && pair.bothUp(); },
                            seconds(1)));

  EXPECT_LE(pair.clock.now() - start, milliseconds(15));
  EXPECT_EQ(pair.a.listener.downs.size(), 1u);
  EXPECT_EQ(pair.b.listener.peers.size(), 2u);
}

TEST(Session, NothingOfTheOldSessionReachesTheNewOne) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 20'000, .latency = milliseconds(2), .capacity = 4096});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(1));

  pair.a.session->setFeed(Channel::Screen, nullptr);
  pair.b.restart();
  pair.b.listener.received.clear();
  ASSERT_TRUE(pair.runUntil([&] { return pair.bothUp(); }, seconds(1)));
  pair.run(seconds(1));

  EXPECT_TRUE(pair.b.listener.received.empty());
}

TEST(Session, SaysGoodbyeSoThatTheOtherEndKnowsAtOnce) {
  SessionPair pair;
  pair.behave({.latency = milliseconds(2)});
  ASSERT_TRUE(pair.connect());

  pair.a.session->goodbye("stopped by hand");
  pair.run(milliseconds(4));

  ASSERT_EQ(pair.b.listener.downs.size(), 1u);
  EXPECT_EQ(pair.b.listener.downs[0], "the other end left: stopped by hand");
  EXPECT_TRUE(pair.a.listener.downs.empty());
  EXPECT_FALSE(pair.a.session->hasOutput());
}

TEST(Session, ALineThatIsOpenedAnewStartsANewSession) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());

  pair.a.session->lineDown("unplugged");
  EXPECT_EQ(pair.a.listener.downs, std::vector<std::string>{"unplugged"});
  pair.toA.clear();
  pair.a.session->lineUp();

  EXPECT_TRUE(pair.runUntil([&] { return pair.a.listener.peers.size() == 2 && pair.bothUp(); },
                            milliseconds(200)));
  EXPECT_EQ(pair.b.listener.peers.size(), 2u);
}

TEST(Session, AnIdleLineCarriesAFewHeartbeatsOnly) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  pair.run(seconds(1));
  const auto before = pair.toA.carried() + pair.toB.carried();
  pair.a.wakeUps = pair.b.wakeUps = 0;

  pair.run(seconds(10));

  const auto bytes = pair.toA.carried() + pair.toB.carried() - before;
  EXPECT_LE(bytes, 10 * 4 * 2 * kFrameOverhead);
  EXPECT_GE(bytes, 10 * 3 * kFrameOverhead);
  EXPECT_LE(pair.a.wakeUps, 80);
  EXPECT_LE(pair.b.wakeUps, 80);
  EXPECT_TRUE(pair.a.listener.quiets.empty());
}

TEST(Session, SpeaksOftenToAPeerWhoseWordsAreHeldBackUntilWeSpeak) {
  SessionPair pair;
  pair.a.traits.heldBack = true;
  pair.a.restart();
  ASSERT_TRUE(pair.connect());
  pair.run(milliseconds(100));
  const auto before = pair.toA.carried();

  pair.run(milliseconds(500));
  const auto active = pair.toA.carried() - before;
  pair.run(seconds(60));
  const auto later = pair.toA.carried();
  pair.run(seconds(1));
  const auto idle = pair.toA.carried() - later;

  EXPECT_GE(active / kFrameOverhead, 30u);
  EXPECT_LE(idle / kFrameOverhead, 5u);
}

TEST(Session, InputOvertakesABigScreen) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 300'000, .latency = microseconds(100)});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(2));

  Duration worst{};
  for (int i = 0; i < 50; ++i) {
    const std::size_t before = textsOn(pair.b, Channel::Input).size();
    ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("key")));
    const auto start = pair.clock.now();
    ASSERT_TRUE(
        pair.runUntil([&] { return textsOn(pair.b, Channel::Input).size() > before; }, seconds(1)));
    worst = std::max(worst, pair.clock.now() - start);
    pair.run(milliseconds(7));
  }

  EXPECT_LE(worst, milliseconds(25));
}

// 115200 baud: a screen must not keep a key waiting, and framing must not eat the line.
TEST(Session, KeepsASlowLineBusyWithLittleAhead) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 11'500, .latency = milliseconds(1), .capacity = 4096});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(3));
  const std::size_t before = bytesOn(pair.b, Channel::Screen);

  std::size_t mostHeld = 0;
  for (int i = 0; i < 500; ++i) {
    pair.run(milliseconds(10));
    mostHeld = std::max(mostHeld, pair.toB.held());
  }

  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 5 * 11'500 * 88 / 100);
  EXPECT_LE(mostHeld, 600u);  // 52 ms
  EXPECT_NEAR(pair.a.session->lineRate(), 11'500, 2'500);
}

TEST(Session, FollowsALineThatChangesItsRateWithinASecondWithoutABacklog) {
  SessionPair pair;
  const LineHabit fast{.bytesPerSecond = 5e6, .latency = microseconds(300), .capacity = 1 << 20};
  const LineHabit slow{.bytesPerSecond = 50e3, .latency = microseconds(300), .capacity = 1 << 20};
  pair.behave(fast);
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(2));
  std::size_t before = bytesOn(pair.b, Channel::Screen);
  pair.run(seconds(1));
  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 4'600'000u);

  pair.behave(slow);
  pair.run(seconds(1));
  EXPECT_LE(pair.toB.held(), 3'000u);  // 60 ms of line
  before = bytesOn(pair.b, Channel::Screen);
  pair.run(seconds(2));
  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 90'000u);

  pair.behave(fast);
  pair.run(seconds(1));
  before = bytesOn(pair.b, Channel::Screen);
  pair.run(seconds(1));
  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 4'600'000u);
}

// A shaper, or a driver that polls: bursts must not be taken for the rate.
TEST(Session, KnowsTheRateOfALineThatMovesInBursts) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 300'000, .latency = microseconds(200), .grain = milliseconds(10)});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(2));
  const std::size_t before = bytesOn(pair.b, Channel::Screen);

  std::size_t mostHeld = 0;
  double most = 0;
  for (int i = 0; i < 400; ++i) {
    pair.run(milliseconds(5));
    mostHeld = std::max(mostHeld, pair.toB.held());
    most = std::max(most, pair.a.session->lineRate());
  }

  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 2 * 300'000 * 90 / 100);
  EXPECT_LE(mostHeld, 15'000u);  // 50 ms
  EXPECT_LE(most, 450'000);
}

TEST(Session, FillsALongFatLine) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 10e6, .latency = milliseconds(50), .capacity = 1 << 22});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(3));
  const std::size_t before = bytesOn(pair.b, Channel::Screen);

  pair.run(seconds(2));

  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 17'000'000u);
}

TEST(Session, GoesOnAfterAStallWithoutLossAndAtFullRate) {
  SessionPair pair;
  const LineHabit line{.bytesPerSecond = 1e6, .latency = milliseconds(1)};
  pair.behave(line);
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(seconds(1));

  LineHabit stalled = line;
  stalled.stalled = true;
  pair.behave(stalled);
  pair.run(seconds(2));
  pair.behave(line);
  pair.run(seconds(1));
  const std::size_t before = bytesOn(pair.b, Channel::Screen);
  pair.run(seconds(1));

  EXPECT_GE(bytesOn(pair.b, Channel::Screen) - before, 900'000u);
  EXPECT_TRUE(pair.a.listener.downs.empty());
}

TEST(Session, SurvivesBitErrors) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 1e6, .latency = milliseconds(1), .bitErrors = 1e-5});
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  feed.limit = 8'000'000;
  pair.a.session->setFeed(Channel::Screen, &feed);
  std::size_t got = 0;
  pair.b.listener.whenMessage = [&](const test::Received& piece) {
    for (const std::uint8_t byte : piece.message) ASSERT_EQ(byte, got++ % 251);
    pair.b.listener.received.clear();
  };

  // An eighth of the line may go into repetition: 80 errors a second would each cost 21 ms of it if
  // every one hit a frame of its own.
  ASSERT_TRUE(pair.runUntil([&] { return got == feed.limit; }, seconds(60)));

  EXPECT_GT(pair.b.session->stats().naksSent, 100u);
  EXPECT_TRUE(pair.a.listener.downs.empty());
}

TEST(Session, StreamsGetTheirShareBesideAScreenThatWantsEverything) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 300'000, .latency = milliseconds(1)});
  ASSERT_TRUE(pair.connect());
  CountingFeed screen;
  CountingFeed streams;
  pair.a.session->setFeed(Channel::Screen, &screen);
  pair.a.session->setFeed(Channel::Streams, &streams);

  pair.run(seconds(4));

  const double share = static_cast<double>(bytesOn(pair.b, Channel::Streams)) /
                       static_cast<double>(bytesOn(pair.b, Channel::Screen));
  EXPECT_NEAR(share, 1.0 / 7, 0.03);
}

TEST(Session, AFeedThatHadNothingIsNotAskedAgainUntilItSaysSo) {
  SessionPair pair;
  ASSERT_TRUE(pair.connect());
  CountingFeed feed;
  feed.limit = 100;
  pair.a.session->setFeed(Channel::Screen, &feed);
  pair.run(milliseconds(100));
  ASSERT_EQ(bytesOn(pair.b, Channel::Screen), 100u);

  feed.limit = 200;
  pair.run(milliseconds(100));
  EXPECT_EQ(bytesOn(pair.b, Channel::Screen), 100u);
  pair.a.session->feedReady(Channel::Screen);
  pair.run(milliseconds(100));
  EXPECT_EQ(bytesOn(pair.b, Channel::Screen), 200u);
}

TEST(Session, AFrameThatNeverEndsDoesNotBlockTheLine) {
  SessionPair pair;
  pair.behave({.bytesPerSecond = 11'500});
  ASSERT_TRUE(pair.connect());
  std::vector<std::uint8_t> lie(kFrameHeader + 60'000);
  sealFrame(lie, {.kind = FrameKind::Data}, 99);
  lie.resize(100);

  pair.toB.inject(lie);
  pair.run(milliseconds(20));
  ASSERT_TRUE(pair.a.session->send(Channel::Input, bytesOf("key")));

  EXPECT_TRUE(pair.runUntil([&] { return !pair.b.listener.received.empty(); }, milliseconds(700)));
}

// Whatever a line does, what arrives is a prefix of what was sent, and all of it once the line
// behaves again.
TEST(Session, ARandomScheduleOfTroubleEndsInEverythingExactlyOnceAndInOrder) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    SessionPair pair(seed);
    pair.behave({.bytesPerSecond = 50'000.0 * static_cast<double>(1 + below(40))});
    ASSERT_TRUE(pair.connect());
    int sent[2][kChannels] = {};
    for (int event = 0; event < 60; ++event) {
      for (auto* line : {&pair.toA, &pair.toB}) {
        if (below(3) != 0) continue;
        LineHabit habit = line->habit();
        habit.bitErrors = below(3) == 0 ? 1e-4 : 0;
        habit.losses = below(6) == 0 ? 0.001 : 0;
        habit.stalled = below(8) == 0;
        habit.latency = milliseconds(below(10));
        habit.longestRead = below(2) ? 1 + below(300) : SIZE_MAX;
        line->behave(habit);
        if (below(5) == 0) {
          std::vector<std::uint8_t> noise(below(1024));
          for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
          line->inject(noise);
        }
      }
      for (int side = 0; side < 2; ++side) {
        for (std::uint64_t n = below(6); n > 0; --n) {
          const auto channel = static_cast<Channel>(below(kChannels));
          auto text = bytesOf(std::to_string(sent[side][static_cast<int>(channel)]++) + "|");
          text.resize(text.size() + below(2000), 'x');
          ASSERT_TRUE((side == 0 ? pair.a : pair.b).session->send(channel, text));
        }
      }
      pair.run(milliseconds(below(60)));
    }
    pair.behave({.bytesPerSecond = 1e6});
    pair.run(seconds(8));

    EXPECT_TRUE(pair.a.listener.downs.empty());
    EXPECT_TRUE(pair.b.listener.downs.empty());
    for (int side = 0; side < 2; ++side) {
      for (int channel = 0; channel < kChannels; ++channel) {
        const auto texts = textsOn(side == 0 ? pair.b : pair.a, static_cast<Channel>(channel));
        ASSERT_EQ(texts.size(), static_cast<std::size_t>(sent[side][channel]));
        for (std::size_t i = 0; i < texts.size(); ++i) {
          ASSERT_EQ(texts[i].substr(0, texts[i].find('|')), std::to_string(i));
        }
      }
    }
  }
}

// The same with ends that are killed and started again: afterwards both are up with each other, and
// what is said then arrives.
TEST(Session, ARandomScheduleOfRestartsEndsInASessionThatWorks) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    SessionPair pair(seed);
    pair.behave({.bytesPerSecond = 200'000, .latency = milliseconds(below(5))});
    CountingFeed feed;
    pair.a.listener.whenUp = [&] { pair.a.session->setFeed(Channel::Screen, &feed); };
    for (int event = 0; event < 20; ++event) {
      test::SimulatedEnd& end = below(2) ? pair.a : pair.b;
      if (below(2)) {
        end.stop();
        pair.run(milliseconds(below(300)));
      }
      end.restart();
      pair.run(milliseconds(below(400)));
    }

    const auto start = pair.clock.now();
    ASSERT_TRUE(pair.runUntil([&] { return pair.bothUp(); }, seconds(1)));
    EXPECT_LE(pair.clock.now() - start, milliseconds(400));
    ASSERT_TRUE(pair.b.session->send(Channel::Control, bytesOf("hello")));
    EXPECT_TRUE(pair.runUntil([&] { return !textsOn(pair.a, Channel::Control).empty(); },
                              milliseconds(300)));
  }
}

}  // namespace
}  // namespace lucarne::link
