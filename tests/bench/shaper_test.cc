// SPDX-License-Identifier: Apache-2.0
#include "bench/shaper.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/result.h"

namespace lucarne::bench {
namespace {

using namespace std::chrono_literals;
using Buffer = std::vector<std::uint8_t>;

Buffer countingBytes(std::size_t count) {
  Buffer bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

// Takes everything that is due.
Buffer takeDue(Shaper& shaper, base::TimePoint now) {
  Buffer out;
  for (base::Bytes due = shaper.due(now); !due.empty(); due = shaper.due(now)) {
    out.insert(out.end(), due.begin(), due.end());
    shaper.take(due.size());
  }
  return out;
}

TEST(ParseRate, KnowsTheUsualUnits) {
  EXPECT_DOUBLE_EQ(parseRate("5M"), 5e6);
  EXPECT_DOUBLE_EQ(parseRate("300k"), 3e5);
  EXPECT_DOUBLE_EQ(parseRate("2000"), 2000);
  EXPECT_DOUBLE_EQ(parseRate("1.5M"), 1.5e6);
  EXPECT_DOUBLE_EQ(parseRate("115200baud"), 11520);
  EXPECT_DOUBLE_EQ(parseRate("0"), 0);
}

TEST(ParseRate, RefusesWhatIsNotARate) {
  for (const char* text : {"", "fast", "5X", "-1", "5M5", "nan", "1e30", "M", "inf"}) {
    EXPECT_THROW(parseRate(text), base::UsageError) << text;
  }
}

TEST(Shaper, WithoutLimitsHandsOverAtOnceAndUnchanged) {
  base::ManualClock clock;
  Shaper shaper{LineShape{}};
  const Buffer sent = countingBytes(3000);

  shaper.put(sent, clock.now());

  EXPECT_EQ(takeDue(shaper, clock.now()), sent);
  EXPECT_EQ(shaper.bytesCarried(), 3000u);
  EXPECT_FALSE(shaper.deadline(clock.now()));
}

TEST(Shaper, TakesTheLineTimeOfEveryByte) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bytesPerSecond = 1000}};

  shaper.put(countingBytes(100), clock.now());
  clock.advance(50ms);
  const std::size_t half = takeDue(shaper, clock.now()).size();
  clock.advance(50ms);
  const std::size_t rest = takeDue(shaper, clock.now()).size();

  EXPECT_EQ(half, 50u);
  EXPECT_EQ(rest, 50u);
}

TEST(Shaper, AddsItsLatencyOnce) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bytesPerSecond = 1e6, .latency = 20ms}};

  shaper.put(countingBytes(1000), clock.now());
  clock.advance(20ms);
  EXPECT_TRUE(takeDue(shaper, clock.now()).empty());

  clock.advance(1ms);
  EXPECT_EQ(takeDue(shaper, clock.now()).size(), 1000u);
}

TEST(Shaper, HasNoRoomWhileTheLineIsBusyAndSaysWhenItWill) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bytesPerSecond = 1000}};

  shaper.put(countingBytes(100), clock.now());
  EXPECT_EQ(shaper.room(clock.now()), 0u);

  while (shaper.room(clock.now()) == 0) {
    const auto next = shaper.deadline(clock.now());
    ASSERT_TRUE(next);
    clock.advance(*next - clock.now());
    takeDue(shaper, clock.now());
  }
  EXPECT_LT(clock.now().time_since_epoch(), 1000s + 100ms);
}

TEST(Shaper, HasNoRoomWhenNobodyTakesWhatIsDue) {
  base::ManualClock clock;
  Shaper shaper{LineShape{}};
  std::size_t accepted = 0;

  while (const std::size_t room = shaper.room(clock.now())) {
    shaper.put(countingBytes(room), clock.now());
    accepted += room;
    ASSERT_LE(accepted, 1u << 20);
  }

  EXPECT_EQ(takeDue(shaper, clock.now()).size(), accepted);
  EXPECT_GT(shaper.room(clock.now()), 0u);
}

TEST(Shaper, HandsOverInPieces) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.pieceBytes = 16}};

  shaper.put(countingBytes(40), clock.now());

  EXPECT_EQ(shaper.due(clock.now()).size(), 16u);
  EXPECT_EQ(takeDue(shaper, clock.now()), countingBytes(40));
}

TEST(Shaper, FlipsAboutAsManyBitsAsAsked) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bitErrorRate = 1e-3}};
  const Buffer zeros(4000);
  int flipped = 0;

  for (int round = 0; round < 100; ++round) {
    shaper.put(zeros, clock.now());
    for (const std::uint8_t byte : takeDue(shaper, clock.now())) {
      flipped += __builtin_popcount(byte);
    }
  }

  EXPECT_NEAR(flipped, 3200, 320);  // 3.2 million bits; five standard deviations are 283
  EXPECT_EQ(shaper.bitsFlipped(), static_cast<std::uint64_t>(flipped));
}

TEST(Shaper, MakesTheSameErrorsWithTheSameSeed) {
  base::ManualClock clock;
  Shaper one{LineShape{.bitErrorRate = 0.01, .seed = 7}};
  Shaper two{LineShape{.bitErrorRate = 0.01, .seed = 7}};

  one.put(countingBytes(500), clock.now());
  two.put(countingBytes(500), clock.now());
  const Buffer got = takeDue(one, clock.now());

  EXPECT_NE(got, countingBytes(500));
  EXPECT_EQ(got, takeDue(two, clock.now()));
}

TEST(Shaper, InvertsEveryBitAtRateOne) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bitErrorRate = 1}};

  shaper.put(Buffer{0x00, 0xf0}, clock.now());

  EXPECT_EQ(takeDue(shaper, clock.now()), (Buffer{0xff, 0x0f}));
}

TEST(Shaper, DoesNotCountInjectedBytesAsCarried) {
  base::ManualClock clock;
  Shaper shaper{LineShape{}};

  shaper.inject(countingBytes(10), clock.now());

  EXPECT_EQ(takeDue(shaper, clock.now()).size(), 10u);
  EXPECT_EQ(shaper.bytesCarried(), 0u);
}

TEST(Shaper, CarriesAtItsNewRateAfterAChange) {
  base::ManualClock clock;
  Shaper shaper{LineShape{.bytesPerSecond = 1e6}};
  shaper.setRate(1000);

  shaper.put(countingBytes(100), clock.now());

  clock.advance(std::chrono::milliseconds(50));
  EXPECT_LE(takeDue(shaper, clock.now()).size(), 50u);
  clock.advance(std::chrono::milliseconds(51));
  EXPECT_GE(takeDue(shaper, clock.now()).size(), 50u);
}

TEST(Shaper, HandsOverEverythingAfterAStallAndNothingBefore) {
  base::ManualClock clock;
  Shaper shaper{LineShape{}};
  shaper.put(countingBytes(100), clock.now());

  shaper.stall(std::chrono::seconds(2), clock.now());

  clock.advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(shaper.room(clock.now()), 0u);
  EXPECT_TRUE(takeDue(shaper, clock.now()).empty());
  EXPECT_EQ(shaper.deadline(clock.now()), clock.now() + std::chrono::milliseconds(1));
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(takeDue(shaper, clock.now()), countingBytes(100));
  EXPECT_GT(shaper.room(clock.now()), 0u);
}

}  // namespace
}  // namespace lucarne::bench
