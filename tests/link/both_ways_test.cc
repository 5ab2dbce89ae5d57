// SPDX-License-Identifier: Apache-2.0
// Both ends want the whole line at once: acknowledgements come behind the other end's data.
#include <gtest/gtest.h>

#include "link/session.h"
#include "tests/support/session_pair.h"

namespace lucarne::link {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::LineHabit;
using test::SessionPair;

class EndlessFeed : public Feed {
 public:
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    out.resize(out.size() + maxBytes, 0x5a);
    return true;
  }
};

/// The share of both lines together that is payload, over some seconds.
double shareCarried(const LineHabit& habit, base::Duration time) {
  SessionPair pair;
  pair.behave(habit);
  EXPECT_TRUE(pair.connect());
  std::uint64_t bytes = 0;
  EndlessFeed feed;
  for (test::SimulatedEnd* end : {&pair.a, &pair.b}) {
    end->listener.whenMessage = [&bytes, end](const test::Received& piece) {
      bytes += piece.message.size();
      end->listener.received.clear();
    };
    end->session->setFeed(Channel::Streams, &feed);
  }
  pair.run(seconds(2));
  bytes = 0;
  pair.run(time);
  for (test::SimulatedEnd* end : {&pair.a, &pair.b}) {
    end->session->setFeed(Channel::Streams, nullptr);
  }
  return static_cast<double>(bytes) / (2 * habit.bytesPerSecond * base::toSeconds(time));
}

TEST(SessionBothWays, FillsAPtyOfFiveMegabytesASecond) {
  const double share = shareCarried(
      {.bytesPerSecond = 5e6, .latency = milliseconds(1), .capacity = 64 * 1024}, seconds(4));
  EXPECT_GE(share, 0.97);
}

// Each wrong bit repeats what is under way: 0.8 a second each way, 2 % of the line.
TEST(SessionBothWays, CarriesNineTenthsOfItDespiteWrongBits) {
  const double share = shareCarried(
      {.bytesPerSecond = 5e6, .latency = milliseconds(1), .capacity = 64 * 1024, .bitErrors = 2e-8},
      seconds(10));
  EXPECT_GE(share, 0.94);
}

TEST(SessionBothWays, FillsLinesOfEverySpeed) {
  for (const double rate : {11'500.0, 100e3, 1e6, 20e6}) {
    const double share = shareCarried(
        {.bytesPerSecond = rate, .latency = microseconds(500), .capacity = 64 * 1024}, seconds(3));
    EXPECT_GE(share, rate < 50e3 ? 0.80 : 0.93) << rate;
  }
}

}  // namespace
}  // namespace lucarne::link
