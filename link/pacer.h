// SPDX-License-Identifier: Apache-2.0
// How much may be on the way: follows the rate at which the line drains.
//
// The rate is measured as in BBR (draft-cardwell-iccrg-bbr-congestion-control, section 4.1): bytes
// acknowledged between a frame's sending and its acknowledgement, divided by the longer of the two
// intervals in which they were sent and acknowledged; the greatest of the recent ones counts. The
// window is rate x (shortest round trip + a little queue). As the queue makes the window larger
// than what the estimate alone would fill, an estimate that is too low corrects itself within a few
// round trips, and no separate probing is needed. While the peer fills the other direction, its
// acknowledgements come behind what it has queued: the window covers that wait too, which the
// shortest round trip does not know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace lucarne::link {

/// The greatest of the samples of a sliding time window, in three samples (Nichols' filter, as in
/// Linux lib/win_minmax.c).
class WindowedMax {
 public:
  void reset() { best_ = {}; }
  double value() const { return best_[0].value; }
  void add(double value, base::TimePoint now, base::Duration window);

 private:
  struct Sample {
    double value = 0;
    base::TimePoint at{};
  };
  std::array<Sample, 3> best_{};
};

class Pacer {
 public:
  /// What a frame remembers from its sending.
  struct Mark {
    base::TimePoint sentAt{};
    base::TimePoint firstSentAt{};
    base::TimePoint deliveredAt{};
    std::uint64_t delivered = 0;
    bool ownerLimited = false;
    bool alone = false;  ///< nothing else was on the way
  };

  /// A new session: nothing is known.
  void reset(base::TimePoint now);

  /// A frame goes onto the line while `inFlight` bytes of others are there.
  Mark onSent(std::size_t inFlight, base::TimePoint now);
  /// `bytes` were acknowledged together; `newest` is the mark of the last of their frames, `resent`
  /// whether that one was sent more than once (then it says nothing about time).
  void onAcknowledged(std::size_t bytes, const Mark& newest, bool resent, base::TimePoint now);
  /// Something was lost, and all that was sent behind it goes again.
  void onLost();
  /// Data came from the peer: so much of the other direction is in use.
  void onReceived(std::size_t bytes, base::TimePoint now);
  /// There was room and nothing to send: samples until all of this is acknowledged may be too low.
  void onOwnerLimited(std::size_t inFlight);

  /// At most this much may be on the way.
  std::size_t window() const { return window_; }
  /// A piece may be this long, so that what comes after it does not wait long.
  std::size_t piece() const { return piece_; }
  double rate() const { return rate_.value(); }
  base::Duration minRoundTrip() const { return minRoundTrip_; }
  base::Duration smoothedRoundTrip() const { return smoothed_; }
  /// Silence after which the sender asks.
  base::Duration resendTimeout(std::size_t inFlight) const;

 private:
  void sampleRoundTrip(base::Duration roundTrip, bool alone, base::TimePoint now);
  void sampleRate(double rate, base::Duration roundTrip, bool ownerLimited, base::TimePoint now);
  void retune();

  WindowedMax rate_;
  WindowedMax capacity_;  // the rate over seconds, for what a busy machine hides
  base::Duration minRoundTrip_{};
  base::TimePoint minRoundTripAt_{};
  base::Duration smoothed_{};
  base::Duration variation_{};
  std::uint64_t delivered_ = 0;
  base::TimePoint deliveredAt_{};
  base::TimePoint firstSentAt_{};
  std::uint64_t ownerLimitedUntil_ = 0;
  double receivedRate_ = 0;  // bytes per second, over the last whole interval
  std::size_t receivedBytes_ = 0;
  base::TimePoint receivedFrom_{};
  double betweenLosses_ = 0;  // bytes, of late; 0: nothing was lost
  double sinceLoss_ = 0;      // acknowledged
  bool draining_ = false;  // the queue is let run dry to see the line's own round trip
  std::size_t ramp_ = 0;   // grows from a small value by what is acknowledged
  bool starting_ = true;   // the rate still grows from round to round
  double startRate_ = 0;
  int startRounds_ = 0;
  std::uint64_t roundEnds_ = 0;
  std::size_t window_ = 0;
  std::size_t piece_ = 0;
};

}  // namespace lucarne::link
