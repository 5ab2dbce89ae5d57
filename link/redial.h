// SPDX-License-Identifier: Apache-2.0
// When to try again: back-off that starts short and stays below a second, so that whoever returns
// is found within a second. For LinkEnd and for every source that connects.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "base/loop.h"

namespace lucarne::link {

class Redial {
 public:
  /// A peer that restarts is back within tens of milliseconds; trying this often costs nothing.
  static constexpr base::Duration kFirst = std::chrono::milliseconds(50);
  /// "Within a second of its return", with room for connecting and the first picture.
  static constexpr base::Duration kLongest = std::chrono::milliseconds(500);
  /// A connection that lasted this long was a good one: the next failure starts from kFirst again.
  static constexpr base::Duration kGood = std::chrono::seconds(2);

  /// `dial` is called from the loop.
  Redial(base::Loop& loop, const base::Clock& clock, std::function<void()> dial)
      : loop_(loop), clock_(clock), dial_(std::move(dial)) {}

  /// An attempt succeeded.
  void connected() { connectedAt_ = clock_.now(); }

  /// An attempt or a connection failed: dials again after a delay that doubles with each failure.
  /// Answers the delay.
  base::Duration again() {
    const bool wasGood = connectedAt_ != base::TimePoint{} && clock_.now() - connectedAt_ >= kGood;
    connectedAt_ = {};
    if (wasGood) next_ = kFirst;
    const base::Duration delay = next_;
    next_ = std::min(next_ * 2, base::Duration(kLongest));
    timer_ = loop_.after(delay, [this] { dial_(); });
    return delay;
  }

  void cancel() { timer_.cancel(); }

 private:
  base::Loop& loop_;
  const base::Clock& clock_;
  std::function<void()> dial_;
  base::Duration next_ = kFirst;
  base::TimePoint connectedAt_{};
  base::Timer timer_;
};

}  // namespace lucarne::link
