// SPDX-License-Identifier: Apache-2.0
#include "link/pacer.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

using std::chrono::microseconds;

constexpr double kRate = 5e6;  // bytes a second

// A line of 5 MB/s that is kept full, and whose round trip is a millisecond.
class FullLine : public ::testing::Test {
 protected:
  FullLine() { pacer_.reset(now_); }

  void carry(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t piece = std::min(bytes, pacer_.piece());
      const Pacer::Mark mark = pacer_.onSent(0, now_);
      now_ += microseconds(1000) + std::chrono::duration_cast<base::Duration>(
                                       std::chrono::duration<double>(static_cast<double>(piece) / kRate));
      pacer_.onAcknowledged(piece, mark, false, now_);
      bytes -= piece;
    }
  }

  base::TimePoint now_ = base::TimePoint{} + std::chrono::hours(1);
  Pacer pacer_;
};

TEST_F(FullLine, GetsShortPiecesAndLittleQueueWhileItTurnsBits) {
  carry(1 << 20);
  const std::size_t piece = pacer_.piece();
  const std::size_t window = pacer_.window();
  for (int loss = 0; loss < 40; ++loss) {
    carry(12500);
    pacer_.onLost();
  }

  EXPECT_LT(pacer_.piece(), 2500u);
  EXPECT_LT(pacer_.window(), 16000u);
  EXPECT_LT(pacer_.piece(), piece / 2);
  EXPECT_LT(pacer_.window(), window / 2);

  // One in so many that it costs nothing.
  carry(4 << 20);
  EXPECT_GE(pacer_.piece(), piece * 9 / 10);
  EXPECT_GE(pacer_.window(), window * 9 / 10);
}

TEST_F(FullLine, TakesABurstOfNonsenseForWhatItIs) {
  carry(1 << 20);
  const std::size_t piece = pacer_.piece();

  pacer_.onLost();
  EXPECT_EQ(pacer_.piece(), piece);
  pacer_.onLost();
  pacer_.onLost();
  carry(256 * 1024);

  EXPECT_GE(pacer_.piece(), piece * 9 / 10);
}

}  // namespace
}  // namespace lucarne::link
