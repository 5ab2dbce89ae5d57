// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/request_pace.h"

#include <algorithm>

namespace lucarne::relay::rfb {

namespace {

// After input nothing waits for so long: the answer to it is small, and waited for.
constexpr base::Duration kAnswer = std::chrono::milliseconds(100);
// Who wants the next picture within one frame and a half at 60 a second keeps up with the guest.
constexpr base::Duration kKeepsUp = std::chrono::milliseconds(25);
// A server sends 60 times a second at most: a request may wait so long for its beat.
constexpr base::Duration kBeat = std::chrono::milliseconds(17);
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
  used_ = now - ended_;
  slow_ = used_ > kKeepsUp;
}

bool RequestPace::holds(base::TimePoint now) const { return slow_ && now - input_ >= kAnswer; }

base::TimePoint RequestPace::latest() const {
  const auto share = std::clamp<base::Duration>(arriving_ * kShare, kShortest, kLongest);
  // One that takes long to come would hold up what is still being sent, and have it copied aside.
  if (arriving_ > kBeat / 2) return ended_ + share;
  // Else it comes when the one before has been used, if that takes as long as the last time.
  return ended_ + std::min(share, std::max(used_ - kBeat, base::Duration{}));
}

}  // namespace lucarne::relay::rfb
