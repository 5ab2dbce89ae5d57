// SPDX-License-Identifier: Apache-2.0
#include "sensors/probes/charge_rate.h"

#include <cmath>

namespace lucarne::sensors {

namespace {

/// Enough for a reading every second over kLongestSlope.
constexpr std::size_t kMaxPoints = 1000;

}  // namespace

void ChargeRate::add(base::TimePoint now, ChargeStatus status, std::optional<double> watts,
                     std::optional<double> charge) {
  if (status != status_) {
    status_ = status;
    watts_.reset();
    points_.clear();
  }
  if (watts) {
    const double elapsed = base::toSeconds(now - last_);
    const double keep = watts_ ? std::exp(-elapsed / base::toSeconds(kSmoothing)) : 0;
    watts_ = watts_.value_or(0) * keep + *watts * (1 - keep);
  }
  last_ = now;
  if (!charge) return;
  points_.push_back({now, *charge});
  while (points_.size() > kMaxPoints || now - points_.front().at > kLongestSlope) {
    points_.pop_front();
  }
}

std::optional<double> ChargeRate::slope() const {
  if (points_.size() < 2) return std::nullopt;
  const base::Duration span = points_.back().at - points_.front().at;
  if (span < kShortestSlope) return std::nullopt;
  const double change = points_.back().charge - points_.front().charge;
  const bool expected = status_ == ChargeStatus::Charging ? change > 0 : change < 0;
  if (!expected) return std::nullopt;
  return std::abs(change) / base::toSeconds(span);
}

}  // namespace lucarne::sensors
