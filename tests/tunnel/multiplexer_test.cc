// SPDX-License-Identifier: Apache-2.0
// Two multiplexers over two sessions on simulated lines, in simulated time.
#include "tunnel/multiplexer.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "tests/support/session_pair.h"
#include "tests/tunnel/fake_local_end.h"

namespace lucarne::tunnel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::bytesOf;
using test::FakeLocalEnd;
using test::FakeProgram;

std::vector<std::uint8_t> randomBytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// One end's owner: offers "echo" and others, connects them at once or when told.
struct Owner final : Services {
  Owner(test::SimulatedEnd& simulated, const base::Clock& clock, const Secret* secret)
      : end(simulated), mux(*this, secret, clock) {
    end.listener.whenUp = [this] {
      end.session->setFeed(link::Channel::Streams, &mux);
      mux.up();
    };
    end.listener.whenMessage = [this](const test::Received& received) {
      if (received.channel != link::Channel::Streams) return;
      if (const auto done = mux.receive(received.message); !done) {
        errors.push_back(done.error().message);
      }
      end.listener.received.clear();
    };
  }
  bool offers(const std::string& name) override { return offered.contains(name); }
  void onOpen(StreamId stream, const std::string& name) override {
    asked.push_back({stream, name});
    if (!answersAtOnce) return;
    programs.push_back(std::make_unique<FakeProgram>());
    mux.accept(stream, std::make_unique<FakeLocalEnd>(*programs.back()));
  }
  void onOver(StreamId stream, const std::string& words) override { over[stream] = words; }
  void onOutput() override {
    if (end.session) end.session->feedReady(link::Channel::Streams);
  }

  StreamId open(FakeProgram& program, const std::string& name = "echo") {
    return mux.open(name, std::make_unique<FakeLocalEnd>(program));
  }

  test::SimulatedEnd& end;
  Multiplexer mux;
  std::set<std::string> offered{"echo"};
  bool answersAtOnce = true;
  std::vector<std::pair<StreamId, std::string>> asked;
  std::vector<std::unique_ptr<FakeProgram>> programs;
  std::map<StreamId, std::string> over;
  std::vector<std::string> errors;
};

class MultiplexerTest : public testing::Test {
 protected:
  explicit MultiplexerTest(const Secret* ours = nullptr, const Secret* theirs = nullptr)
      : a(pair.a, pair.clock, ours), b(pair.b, pair.clock, theirs) {}

  void SetUp() override { ASSERT_TRUE(pair.connect()); }

  bool until(const std::function<bool()>& done, base::Duration most = seconds(60)) {
    return pair.runUntil(done, most);
  }
  /// Opens one stream from a to b and waits until it flows.
  StreamId connect(FakeProgram& program) {
    const StreamId stream = a.open(program);
    EXPECT_TRUE(until([&] { return program.listener != nullptr; }, seconds(2)));
    return stream;
  }
  FakeProgram& answered(std::size_t index = 0) { return *b.programs.at(index); }

  test::SessionPair pair;
  Owner a;
  Owner b;
};

TEST_F(MultiplexerTest, CarriesBytesBothWays) {
  FakeProgram here;
  connect(here);

  here.send(bytesOf("ping"));
  answered().send(bytesOf("pong"));

  ASSERT_TRUE(until([&] { return !here.received.empty() && !answered().received.empty(); }));
  EXPECT_EQ(answered().received, bytesOf("ping"));
  EXPECT_EQ(here.received, bytesOf("pong"));
}

TEST_F(MultiplexerTest, ClosesOneDirectionAndCarriesOnWithTheOther) {
  FakeProgram here;
  const StreamId stream = connect(here);

  here.send(bytesOf("question"));
  here.close();
  ASSERT_TRUE(until([&] { return answered().sawEnd; }));
  EXPECT_EQ(answered().received, bytesOf("question"));
  EXPECT_TRUE(here.connected);

  answered().send(bytesOf("answer"));
  answered().close();
  ASSERT_TRUE(until([&] { return !here.connected && !answered().connected; }));

  EXPECT_EQ(here.received, bytesOf("answer"));
  EXPECT_TRUE(here.sawEnd);
  EXPECT_FALSE(here.sawAbort);
  EXPECT_EQ(a.over.at(stream), "");
  EXPECT_EQ(a.mux.streams() + b.mux.streams(), 0u);
}

TEST_F(MultiplexerTest, ManyStreamsOverABadLineArriveByteForByte) {
  pair.behave({.bytesPerSecond = 2e6, .latency = milliseconds(2), .bitErrors = 1e-6});
  constexpr int kStreams = 16;
  std::vector<FakeProgram> here(kStreams);
  std::vector<std::vector<std::uint8_t>> forth, back;
  for (int i = 0; i < kStreams; ++i) {
    forth.push_back(randomBytes(60'000 + 1000 * i, 2 * i));
    back.push_back(randomBytes(90'000 - 1000 * i, 2 * i + 1));
    here[i].send(forth[i]);
    here[i].close();
    a.open(here[i]);
  }
  ASSERT_TRUE(until([&] { return b.programs.size() == kStreams; }));
  for (int i = 0; i < kStreams; ++i) {
    answered(i).send(back[i]);
    answered(i).close();
  }

  ASSERT_TRUE(until([&] { return a.mux.streams() == 0 && b.mux.streams() == 0; }));

  for (int i = 0; i < kStreams; ++i) {
    EXPECT_TRUE(answered(i).received == forth[i]) << i;
    EXPECT_TRUE(here[i].received == back[i]) << i;
  }
  EXPECT_TRUE(a.errors.empty() && b.errors.empty());
}

TEST_F(MultiplexerTest, AProgramThatDoesNotReadHoldsUpItsOwnStreamOnly) {
  FakeProgram stuck, lively;
  connect(stuck);
  connect(lively);
  answered(0).room = 0;
  stuck.send(randomBytes(2'000'000, 1));
  pair.run(seconds(1));
  const std::size_t left = stuck.outgoing.size();

  lively.send(randomBytes(1'000'000, 2));
  ASSERT_TRUE(until([&] { return answered(1).received.size() == 1'000'000; }));

  EXPECT_EQ(stuck.outgoing.size(), left);
  EXPECT_EQ(2'000'000 - left, Multiplexer::kWindow);
  EXPECT_EQ(b.mux.waitingBytes(), Multiplexer::kWindow);

  answered(0).take(SIZE_MAX / 2);
  ASSERT_TRUE(until([&] { return answered(0).received.size() == 2'000'000; }));
  EXPECT_TRUE(answered(0).received == randomBytes(2'000'000, 1));
}

TEST_F(MultiplexerTest, AReaderThatIsSlowButNeverIdleDoesNotMakeTheInboxGrow) {
  FakeProgram here;
  connect(here);
  answered().room = 0;
  here.send(randomBytes(3'000'000, 1));

  for (int i = 0; i < 200; ++i) {
    pair.run(milliseconds(5));
    answered().take(10'000);
    ASSERT_LE(b.mux.waitingBytes(), Multiplexer::kWindow);
  }

  EXPECT_EQ(answered().received.size(), 2'000'000u);
}

TEST_F(MultiplexerTest, AKeyDoesNotWaitBehindCopies) {
  pair.behave({.bytesPerSecond = 500'000, .capacity = 4096});
  std::vector<FakeProgram> copies(8);
  for (FakeProgram& copy : copies) {
    connect(copy);
    copy.send(randomBytes(3'000'000, 1));
  }
  FakeProgram shell;
  connect(shell);
  pair.run(seconds(1));

  const base::TimePoint pressed = pair.clock.now();
  shell.send(bytesOf("x"));
  ASSERT_TRUE(until([&] { return !answered(8).received.empty(); }));

  EXPECT_LT(pair.clock.now() - pressed, milliseconds(60));  // behind 8 pieces of 8 ms: over 64
}

TEST_F(MultiplexerTest, CopiesShareTheLineEvenly) {
  pair.behave({.bytesPerSecond = 1e6});
  std::vector<FakeProgram> copies(4);
  for (FakeProgram& copy : copies) {
    connect(copy);
    copy.send(randomBytes(3'000'000, 1));
  }

  pair.run(seconds(4));

  for (int i = 0; i < 4; ++i) EXPECT_NEAR(answered(i).received.size(), 900'000, 250'000) << i;
}

TEST_F(MultiplexerTest, RefusesANameThatIsNotOffered) {
  FakeProgram here;
  const StreamId stream = a.open(here, "unknown");

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }, seconds(2)));

  EXPECT_EQ(a.over.at(stream), "nothing is called 'unknown' at the other end");
  EXPECT_FALSE(here.connected);
  EXPECT_TRUE(here.sawAbort);
}

TEST_F(MultiplexerTest, TellsWhyAConnectionWasRefused) {
  b.answersAtOnce = false;
  FakeProgram here;
  const StreamId stream = a.open(here);
  ASSERT_TRUE(until([&] { return b.asked.size() == 1; }));

  b.mux.refuse(b.asked[0].first, "connect tcp:x:1: Connection refused");

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }, seconds(2)));
  EXPECT_EQ(a.over.at(stream), "connect tcp:x:1: Connection refused");
}

TEST_F(MultiplexerTest, GivesUpWhenNobodyAnswers) {
  b.answersAtOnce = false;
  FakeProgram here;
  const StreamId stream = a.open(here);
  ASSERT_TRUE(until([&] { return b.asked.size() == 1; }));
  const base::TimePoint due = a.mux.deadline();
  ASSERT_NE(due, base::TimePoint::max());

  pair.clock.advance(due - pair.clock.now() - milliseconds(1));
  a.mux.tick();
  EXPECT_TRUE(here.connected);
  pair.clock.advance(milliseconds(1));
  a.mux.tick();

  EXPECT_EQ(a.over.at(stream), "nobody answered in time");
  EXPECT_EQ(a.mux.deadline(), base::TimePoint::max());
}

TEST_F(MultiplexerTest, ABrokenConnectionBreaksTheStreamAtTheOtherEnd) {
  FakeProgram here;
  const StreamId stream = connect(here);

  answered().broken = true;
  answered().send(bytesOf("x"));

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }));
  EXPECT_EQ(a.over.at(stream), "the program at the other end broke its connection");
  EXPECT_TRUE(here.sawAbort);
  EXPECT_EQ(b.mux.streams(), 0u);
}

TEST_F(MultiplexerTest, DeliversWhatCameBeforeAProgramStoppedListening) {
  FakeProgram here;
  const StreamId stream = connect(here);
  here.room = 0;
  answered().send(bytesOf("last words"));
  answered().close();
  ASSERT_TRUE(until([&] { return a.mux.waitingBytes() == 10; }));
  answered().broken = true;  // exited: what is sent to it now finds nobody
  here.send(bytesOf("too late"));
  ASSERT_TRUE(until([&] { return b.mux.streams() == 0; }));
  pair.run(milliseconds(100));

  here.take(100);

  EXPECT_EQ(here.received, bytesOf("last words"));
  EXPECT_FALSE(here.sawAbort);
  EXPECT_EQ(a.over.at(stream), "");
}

TEST_F(MultiplexerTest, ALocalEndWithoutHalvesIsOverWithTheFirstEnd) {
  FakeProgram here;
  here.halves = false;
  connect(here);

  answered().close();

  ASSERT_TRUE(until([&] { return !here.connected; }));
  ASSERT_TRUE(until([&] { return answered().sawEnd && !answered().connected; }));
  EXPECT_EQ(a.mux.streams() + b.mux.streams(), 0u);
}

TEST_F(MultiplexerTest, ALostSessionAbortsEveryStreamAndTheNextOneStartsFromNothing) {
  FakeProgram first;
  const StreamId stream = connect(first);
  pair.b.restart();
  ASSERT_TRUE(until([&] { return pair.bothUp() && a.mux.streams() == 0; }, seconds(1)));

  EXPECT_EQ(a.over.at(stream), "the session began anew");
  EXPECT_TRUE(first.sawAbort);
  FakeProgram second;
  a.over.clear();
  EXPECT_EQ(a.open(second), stream);
  second.send(bytesOf("again"));
  ASSERT_TRUE(until([&] { return b.programs.back()->received == bytesOf("again"); }, seconds(1)));
}

TEST_F(MultiplexerTest, BothEndsMayOpenStreamsWithTheSameNumber) {
  FakeProgram fromA, fromB;
  a.open(fromA);
  b.open(fromB);
  ASSERT_TRUE(until([&] { return fromA.listener && fromB.listener; }));

  fromA.send(bytesOf("from a"));
  fromB.send(bytesOf("from b"));

  ASSERT_TRUE(until([&] { return answered().received.size() + a.programs[0]->received.size() == 12; }));
  EXPECT_EQ(answered().received, bytesOf("from a"));
  EXPECT_EQ(a.programs[0]->received, bytesOf("from b"));
}

TEST_F(MultiplexerTest, HasRoomForSoManyStreamsAndNoMore) {
  std::vector<FakeProgram> here(Multiplexer::kMostStreams);
  for (FakeProgram& program : here) connect(program);

  EXPECT_FALSE(a.mux.hasRoom());
  here[0].close();
  answered(0).close();

  ASSERT_TRUE(until([&] { return a.mux.hasRoom(); }));
}

// ---- a peer that lies ---------------------------------------------------------------------------

std::vector<std::uint8_t> encoded(StreamId stream, Body body) {
  std::vector<std::uint8_t> bytes;
  encode({stream, std::move(body)}, bytes);
  return bytes;
}

constexpr StreamId kTheirs{Opener::Us, 0};  // as the lying peer writes it

TEST_F(MultiplexerTest, BreaksAStreamThatSendsBeyondItsWindow) {
  ASSERT_TRUE(b.mux.receive(encoded(kTheirs, Open{1000, {}, "echo"})));
  answered().room = 0;
  const auto chunk = randomBytes(Multiplexer::kWindow / 4, 1);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(b.mux.receive(encoded(kTheirs, Data{chunk})));
  const auto one = bytesOf("x");

  EXPECT_FALSE(b.mux.receive(encoded(kTheirs, Data{one})));

  EXPECT_EQ(b.mux.streams(), 0u);
  EXPECT_TRUE(answered().sawAbort);
}

TEST_F(MultiplexerTest, BreaksAStreamThatIsGivenEndlessCredit) {
  ASSERT_TRUE(b.mux.receive(encoded(kTheirs, Open{kMaxWindow, {}, "echo"})));

  EXPECT_FALSE(b.mux.receive(encoded(kTheirs, Credit{kMaxWindow})));

  EXPECT_EQ(b.mux.streams(), 0u);
}

TEST_F(MultiplexerTest, SendsNoMoreThanItsCredit) {
  ASSERT_TRUE(b.mux.receive(encoded(kTheirs, Open{7, {}, "echo"})));
  answered().send(randomBytes(100, 1));
  std::vector<std::uint8_t> out;
  while (b.mux.nextPiece(100, out)) {
  }

  EXPECT_EQ(answered().outgoing.size(), 93u);
}

TEST_F(MultiplexerTest, IgnoresMessagesThatAreOutOfPlace) {
  const auto one = bytesOf("x");
  for (const Body& body : {Body(Data{one}), Body(Credit{1}), Body(End{}), Body(Proof{}),
                           Body(Challenge{}), Body(Opened{.window = 1}), Body(Reset{"x"})}) {
    EXPECT_FALSE(b.mux.receive(encoded({Opener::Us, 5}, body)));    // never opened
    EXPECT_FALSE(b.mux.receive(encoded({Opener::Them, 5}, body)));  // nor by us
  }
  EXPECT_FALSE(b.mux.receive(encoded({Opener::Us, 1}, Open{1, {}, "echo"})));  // number 0 is next
  EXPECT_FALSE(b.mux.receive(encoded({Opener::Them, 0}, Open{1, {}, "echo"})));
  EXPECT_EQ(b.mux.streams(), 0u);
}

TEST_F(MultiplexerTest, StopsListeningToAPeerThatAsksAndNeverReads) {
  bool refused = false;
  for (std::uint32_t i = 0; i < 100'000 && !refused; ++i) {
    refused = !b.mux.receive(encoded({Opener::Us, i}, Open{1, {}, "unknown"}));
  }

  EXPECT_TRUE(refused);
  EXPECT_TRUE(b.mux.receive(encoded({Opener::Us, 0}, Open{1, {}, "unknown"})));  // not even heard
}

TEST_F(MultiplexerTest, TheSixtyFifthStreamOfAPeerIsRefused) {
  for (std::uint32_t i = 0; i <= Multiplexer::kMostStreams; ++i) {
    ASSERT_TRUE(b.mux.receive(encoded({Opener::Us, i}, Open{1, {}, "echo"})));
  }

  EXPECT_EQ(b.mux.streams(), Multiplexer::kMostStreams);
}

// ---- with a secret ------------------------------------------------------------------------------

const Secret& secretOf(std::string_view text) {
  static std::map<std::string_view, std::unique_ptr<Secret>> made;
  auto& secret = made[text];
  if (!secret) secret = std::make_unique<Secret>(text);
  return *secret;
}
constexpr std::string_view kRight = "the right secret, of course";
constexpr std::string_view kWrong = "the wrong secret, of course";

struct BothKnow : MultiplexerTest {
  BothKnow() : MultiplexerTest(&secretOf(kRight), &secretOf(kRight)) {}
};
struct TheyDiffer : MultiplexerTest {
  TheyDiffer() : MultiplexerTest(&secretOf(kWrong), &secretOf(kRight)) {}
};
struct OpenerHasNone : MultiplexerTest {
  OpenerHasNone() : MultiplexerTest(nullptr, &secretOf(kRight)) {}
};
struct AnswererHasNone : MultiplexerTest {
  AnswererHasNone() : MultiplexerTest(&secretOf(kRight), nullptr) {}
};

TEST_F(BothKnow, OpensAfterBothHaveProvenIt) {
  FakeProgram here;
  connect(here);

  here.send(bytesOf("in"));

  ASSERT_TRUE(until([&] { return answered().received == bytesOf("in"); }));
}

TEST_F(BothKnow, TheSecretIsNeverOnTheLine) {
  FakeProgram here;
  a.open(here);
  std::vector<std::uint8_t> line;
  std::vector<std::uint8_t> piece;
  for (int step = 0; step < 10; ++step) {
    piece.clear();
    if (a.mux.nextPiece(100, piece)) {
      ASSERT_TRUE(b.mux.receive(piece));
    }
    line.insert(line.end(), piece.begin(), piece.end());
    piece.clear();
    if (b.mux.nextPiece(100, piece)) {
      ASSERT_TRUE(a.mux.receive(piece));
    }
    line.insert(line.end(), piece.begin(), piece.end());
  }

  ASSERT_NE(here.listener, nullptr);
  const std::string all(line.begin(), line.end());
  EXPECT_EQ(all.find(kRight), std::string::npos);
}

TEST_F(TheyDiffer, NothingIsStartedAndTheOpenerIsTold) {
  FakeProgram here;
  here.send(bytesOf("rm"));
  const StreamId stream = a.open(here);

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }, seconds(2)));

  EXPECT_EQ(a.over.at(stream), "the secrets differ");
  EXPECT_TRUE(b.asked.empty());
  EXPECT_EQ(here.outgoing.size(), 2u);
}

TEST_F(OpenerHasNone, NothingIsStarted) {
  FakeProgram here;
  const StreamId stream = a.open(here);

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }, seconds(2)));

  EXPECT_EQ(a.over.at(stream), "the other end asks for a secret and this one has none");
  EXPECT_TRUE(b.asked.empty());
}

TEST_F(AnswererHasNone, NothingIsSentToIt) {
  FakeProgram here;
  here.send(bytesOf("password"));
  const StreamId stream = a.open(here);

  ASSERT_TRUE(until([&] { return a.over.contains(stream); }, seconds(2)));

  EXPECT_EQ(a.over.at(stream), "the other end does not prove that it has the secret");
  EXPECT_EQ(here.outgoing.size(), 8u);
}

TEST_F(BothKnow, AnAnswererThatSkipsTheProofIsRefused) {
  FakeProgram here;
  const StreamId stream = a.open(here);

  EXPECT_FALSE(a.mux.receive(encoded({Opener::Them, 0}, Opened{.window = 1000})));

  EXPECT_EQ(a.over.at(stream), "the other end does not prove that it has the secret");
}

TEST_F(BothKnow, AProofWithoutAChallengeIsOutOfPlace) {
  EXPECT_FALSE(b.mux.receive(encoded(kTheirs, Proof{})));
  ASSERT_TRUE(b.mux.receive(encoded(kTheirs, Open{1, {}, "echo"})));
  const auto one = bytesOf("x");
  EXPECT_FALSE(b.mux.receive(encoded(kTheirs, Data{one})));  // before the proof
  EXPECT_FALSE(b.mux.receive(encoded(kTheirs, Proof{})));    // a wrong one
  EXPECT_TRUE(b.asked.empty());
}

TEST_F(BothKnow, ARecordedProofIsWorthNothing) {
  // What an honest opener once proved…
  FakeProgram here;
  a.open(here);
  std::vector<std::uint8_t> open, challenge, proof;
  ASSERT_TRUE(a.mux.nextPiece(100, open));
  ASSERT_TRUE(b.mux.receive(open));
  ASSERT_TRUE(b.mux.nextPiece(100, challenge));
  ASSERT_TRUE(a.mux.receive(challenge));
  ASSERT_TRUE(a.mux.nextPiece(100, proof));
  b.mux.up();  // … in an earlier session

  ASSERT_TRUE(b.mux.receive(open));
  EXPECT_FALSE(b.mux.receive(proof));

  EXPECT_TRUE(b.asked.empty());
}

}  // namespace
}  // namespace lucarne::tunnel
