// SPDX-License-Identifier: Apache-2.0
// How often something may happen: so many units in any second.
#pragma once

#include <algorithm>
#include <limits>

#include "base/clock.h"

namespace lucarne::xenstore {

/// A quarter of the rate may go at once, the rest flows in over the second, so that no second sees
/// more than the rate. A rate of 0 or less has no limit.
class TokenBucket {
 public:
  TokenBucket(int perSecond, base::TimePoint now)
      : rate_(perSecond), tokens_(capacity()), filled_(now) {}

  /// When `units` may go: now or later. Units beyond the capacity wait for a full bucket only.
  base::TimePoint readyAt(int units, base::TimePoint now) {
    if (rate_ <= 0) return now;
    fill(now);
    const double missing = std::min<double>(units, capacity()) - tokens_;
    if (missing <= 0) return now;
    // Rounded up: waking a nanosecond early would find a bucket that is not quite full.
    return now + base::Duration(static_cast<base::Duration::rep>(missing / inflow() * 1e9) + 1000);
  }

  /// Takes them; may leave a debt that is paid before the next.
  void take(int units, base::TimePoint now) {
    if (rate_ <= 0) return;
    fill(now);
    tokens_ -= units;
  }

  /// Nothing flows in for the time up to now: what was taken was under way and has only now arrived.
  /// So no second sees more than the rate where it arrives, either, however late that is.
  void arrived(base::TimePoint now) { filled_ = now; }

  /// More units than this never go at once.
  int most() const { return rate_ <= 0 ? std::numeric_limits<int>::max() : static_cast<int>(capacity()); }

 private:
  double capacity() const { return std::max(1.0, rate_ / 4.0); }
  double inflow() const { return std::max(0.5, rate_ - capacity()); }
  void fill(base::TimePoint now) {
    tokens_ = std::min(capacity(), tokens_ + base::toSeconds(now - filled_) * inflow());
    filled_ = now;
  }

  int rate_;
  double tokens_;
  base::TimePoint filled_;
};

}  // namespace lucarne::xenstore
