// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/request_pace.h"

#include <algorithm>

namespace lucarne::relay::rfb {

namespace {

// After input nothing waits for so long: the answer to it is small, and waited for.
constexpr base::Duration kAnswer = std::chrono::milliseconds(100);
// Half of a frame at 60 a second: who wants the next picture sooner keeps up with the guest.
constexpr base::Duration kKeepsUp = std::chrono::milliseconds(8);
// A request waits so many times as long as its update takes to come: a twentieth of the time is spent
// on what nobody sees. Not less than a server's beat, nor so long that a clock would be seen to stand.
constexpr int kShare = 19;
constexpr base::Duration kShortest = std::chrono::milliseconds(25);
constexpr base::Duration kLongest = std::chrono::milliseconds(500);

}  // namespace

void RequestPace::updateBegan(base::TimePoint now) {
  if (awaits_ && now - ended_ > kKeepsUp) slow_ = true;
  began_ = now;
}

void RequestPace::updateEnded(std::int64_t pixels, base::TimePoint now) {
  if (pixels < kLarge) return;
  awaits_ = true;
  ended_ = now;
  arriving_ = now - began_;
}

void RequestPace::wanted(base::TimePoint now) {
  if (!awaits_) return;
  awaits_ = false;
  slow_ = now - ended_ > kKeepsUp;
}

bool RequestPace::holds(base::TimePoint now) const { return slow_ && now - input_ >= kAnswer; }

base::TimePoint RequestPace::latest() const {
  return ended_ + std::clamp<base::Duration>(arriving_ * kShare, kShortest, kLongest);
}

}  // namespace lucarne::relay::rfb
