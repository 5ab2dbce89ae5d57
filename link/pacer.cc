// SPDX-License-Identifier: Apache-2.0
#include "link/pacer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lucarne::link {

namespace {

using base::Duration;
using base::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- tuning, each with its reason ---------------------------------------------------------------

// Line time that may be queued ahead, beyond the round trip: what an input event waits at worst.
constexpr double kQueueSeconds = 0.020;
// On faster lines less will do: this many bytes keep any line busy over a scheduling delay, and
// when the rate falls a hundredfold, less is stuck ahead (32 KiB: 0.65 s at 50 kB/s).
constexpr double kQueueEnough = 32 * 1024;
// ... up to where 32 KiB are less than the 7 ms that a busy two-core machine may need to react:
// with less, its delays would be taken for the line's and the rate would stay where it is.
constexpr double kQueueSecondsFast = 0.007;
// A busy machine runs the two ends seldom, and what a queue of so many milliseconds at the *present* rate
// carries between two turns makes that rate the next one: it would fall and fall. The line is
// therefore trusted for some seconds to do what it did, with at most this much queued ...
constexpr Duration kCapacityLasts = seconds(5);
constexpr double kTrustedQueue = 256 * 1024;
// ... unless a round trip takes longer than a busy machine explains: then the line itself is slow.
constexpr Duration kTrustEnds = milliseconds(100);
// More than this never pays: it leaves the caches.
constexpr double kQueueMost = 2 << 20;
// Bound on memory for retransmission, whatever the measured round trip.
constexpr double kWindowMost = 16 << 20;

// One piece may take this long, so that input waits at most this behind one.
constexpr double kPieceSeconds = 0.008;
// Below, the 12 bytes of framing weigh more than the wait: 7 % at 160 bytes, 14 ms at 115200 baud.
constexpr std::size_t kPieceLeast = 160;
// Longer pieces compress better but gain nothing else before the line does more than 4 MB/s.
constexpr std::size_t kPieceUsual = 8 * 1024;
constexpr double kPieceSecondsFast = 0.002;

// A line that turns bits: of pieces of an eighth of what passes between two errors one in eight is lost,
// and with each loss all that is queued behind it, which therefore is a quarter of that at most.
constexpr double kPiecesBetweenLosses = 8;
constexpr double kQueuesBetweenLosses = 4;
constexpr double kPieceLeastOfLossy = 512;
// A burst of nonsense is one loss, or a few: what passes afterwards soon shows that it was that.
constexpr double kLossesForgotten = 4;

// A window of nothing known: 90 ms at 115200 baud, doubled each round trip.
constexpr std::size_t kRampStart = 1024;
// After this long without traffic the line may have become another one: ramp up again.
constexpr Duration kStale = seconds(1);
constexpr std::size_t kRampAgain = 4096;

// How long the greatest rate counts: long enough to see past the pauses of a reader that polls,
// short enough that a line which became slow is believed within a quarter of a second.
constexpr Duration kRateWindowLeast = milliseconds(60);
constexpr Duration kRateWindowMost = milliseconds(1000);
constexpr int kRateWindowRoundTrips = 8;

// What comes in is counted over this long: shorter than a person notices, longer than a burst.
constexpr Duration kReceiveInterval = milliseconds(50);
// An acknowledgement also waits for the peer's turn and for the frame that is being written.
constexpr double kReverseSeconds = 0.005;

// The shortest round trip is measured anew this often, with the queue run dry for a moment.
constexpr Duration kRoundTripAge = seconds(10);

// Asking costs 12 bytes; asking too early, nothing else.
constexpr Duration kResendLeast = milliseconds(25);
constexpr Duration kResendMost = seconds(2);
constexpr Duration kResendUnknown = milliseconds(150);

}  // namespace

void WindowedMax::add(double value, TimePoint now, Duration window) {
  const Sample sample{value, now};
  if (value >= best_[0].value || now - best_[2].at > window) {
    best_.fill(sample);
    return;
  }
  if (value >= best_[1].value) {
    best_[1] = best_[2] = sample;
  } else if (value >= best_[2].value) {
    best_[2] = sample;
  }
  const Duration age = now - best_[0].at;
  if (age > window) {
    best_ = {best_[1], best_[2], sample};
    if (now - best_[0].at > window) best_ = {best_[1], best_[2], sample};
  } else if (best_[1].at == best_[0].at && age > window / 4) {
    best_[1] = best_[2] = sample;
  } else if (best_[2].at == best_[1].at && age > window / 2) {
    best_[2] = sample;
  }
}

void Pacer::reset(TimePoint now) {
  *this = {};
  deliveredAt_ = firstSentAt_ = minRoundTripAt_ = now;
  ramp_ = kRampStart;
  retune();
}

Pacer::Mark Pacer::onSent(std::size_t inFlight, TimePoint now) {
  if (inFlight == 0) {
    if (now - deliveredAt_ > kStale) ramp_ = std::min(ramp_, kRampAgain);
    firstSentAt_ = deliveredAt_ = now;
    retune();
  }
  return Mark{.sentAt = now,
              .firstSentAt = firstSentAt_,
              .deliveredAt = deliveredAt_,
              .delivered = delivered_,
              .ownerLimited = ownerLimitedUntil_ > delivered_,
              .alone = inFlight == 0};
}

void Pacer::onReceived(std::size_t bytes, TimePoint now) {
  receivedBytes_ += bytes;
  const Duration interval = now - receivedFrom_;
  if (interval < kReceiveInterval) return;
  // After a pause the first bytes say nothing about a rate.
  receivedRate_ = interval > 4 * kReceiveInterval
                      ? 0
                      : static_cast<double>(receivedBytes_) / base::toSeconds(interval);
  receivedBytes_ = 0;
  receivedFrom_ = now;
}

void Pacer::onLost() {
  // The first loss says nothing about the next.
  const double passed = std::exchange(sinceLoss_, 0);
  betweenLosses_ = betweenLosses_ == 0 ? std::max(passed, 1e6) : betweenLosses_ + (passed - betweenLosses_) / 4;
  retune();
}

void Pacer::onOwnerLimited(std::size_t inFlight) { ownerLimitedUntil_ = delivered_ + inFlight + 1; }

void Pacer::onAcknowledged(std::size_t bytes, const Mark& newest, bool resent, TimePoint now) {
  delivered_ += bytes;
  deliveredAt_ = now;
  sinceLoss_ += static_cast<double>(bytes);
  if (betweenLosses_ > 0) betweenLosses_ = std::max(betweenLosses_, sinceLoss_ / kLossesForgotten);
  ramp_ = std::min(ramp_ + bytes, static_cast<std::size_t>(kWindowMost));
  if (!resent) {
    sampleRoundTrip(now - newest.sentAt, newest.alone, now);
    const Duration interval =
        std::max({newest.sentAt - newest.firstSentAt, now - newest.deliveredAt,
                  Duration(std::chrono::microseconds(1))});
    const double rate =
        static_cast<double>(delivered_ - newest.delivered) / base::toSeconds(interval);
    sampleRate(rate, now - newest.sentAt, newest.ownerLimited, now);
    firstSentAt_ = std::max(firstSentAt_, newest.sentAt);
  }
  // A round ends when a frame comes back that was sent after the last round's end.
  if (starting_ && newest.delivered >= roundEnds_) {
    roundEnds_ = delivered_;
    if (rate_.value() >= startRate_ * 1.25) {
      startRate_ = rate_.value();
      startRounds_ = 0;
    } else if (!newest.ownerLimited && ++startRounds_ >= 3) {
      starting_ = false;
    }
  }
  retune();
}

void Pacer::sampleRoundTrip(Duration roundTrip, bool alone, TimePoint now) {
  if (smoothed_ == Duration{}) {
    smoothed_ = roundTrip;
    variation_ = roundTrip / 2;
  } else {
    const Duration off = roundTrip > smoothed_ ? roundTrip - smoothed_ : smoothed_ - roundTrip;
    variation_ += (off - variation_) / 4;
    smoothed_ += (roundTrip - smoothed_) / 8;
  }
  const bool dry = draining_ && alone;
  if (minRoundTrip_ == Duration{} || roundTrip <= minRoundTrip_ || dry) {
    minRoundTrip_ = roundTrip;
    minRoundTripAt_ = now;
    draining_ = false;
  } else if (now - minRoundTripAt_ > kRoundTripAge) {
    draining_ = true;
  }
}

void Pacer::sampleRate(double rate, Duration roundTrip, bool ownerLimited, TimePoint now) {
  if (roundTrip > minRoundTrip_ + kTrustEnds) capacity_.reset();
  // What the owner held back says only that the line can do at least this.
  if (ownerLimited && rate <= rate_.value()) return;
  const Duration window =
      std::clamp(minRoundTrip_ * kRateWindowRoundTrips, kRateWindowLeast, kRateWindowMost);
  rate_.add(rate, now, window);
  if (roundTrip <= minRoundTrip_ + kTrustEnds) capacity_.add(rate, now, kCapacityLasts);
}

void Pacer::retune() {
  const double rate = rate_.value();
  const double wanted =
      std::clamp(rate * kQueueSeconds, 0.0,
                 std::min(std::max(kQueueEnough, rate * kQueueSecondsFast), kQueueMost));
  const double trusted = std::min(capacity_.value() * kQueueSecondsFast, kTrustedQueue);
  double queue = std::max(wanted, trusted);
  piece_ = static_cast<std::size_t>(
      std::clamp(rate * kPieceSeconds, static_cast<double>(kPieceLeast),
                 std::max(static_cast<double>(kPieceUsual), rate * kPieceSecondsFast)));
  if (betweenLosses_ > 0) {
    const double piece = std::max(betweenLosses_ / kPiecesBetweenLosses, kPieceLeastOfLossy);
    piece_ = static_cast<std::size_t>(std::min(static_cast<double>(piece_), piece));
    queue = std::min(queue, std::max(betweenLosses_ / kQueuesBetweenLosses, 2 * piece));
  }
  const std::size_t least = 2 * piece_;
  // The peer queues as much as we do, if the line is as fast both ways.
  const double inUse = rate > 0 ? std::min(receivedRate_ / rate, 1.0) : 0;
  const double reverse = inUse * (queue + rate * kReverseSeconds);
  double window = rate * base::toSeconds(minRoundTrip_) + queue + reverse;
  if (starting_) window *= 2;
  if (rate == 0 || window > static_cast<double>(ramp_)) window = static_cast<double>(ramp_);
  window_ = std::max(static_cast<std::size_t>(std::min(window, kWindowMost)), least);
  if (draining_) window_ = piece_;
}

Duration Pacer::resendTimeout(std::size_t inFlight) const {
  if (smoothed_ == Duration{}) return kResendUnknown;
  Duration queued{};
  if (rate() > 0) {
    const double drainSeconds = std::min(static_cast<double>(inFlight) / rate(), 2.0);
    queued = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(drainSeconds));
  }
  return std::clamp(smoothed_ + 4 * variation_ + queued, kResendLeast, kResendMost);
}

}  // namespace lucarne::link
