// SPDX-License-Identifier: Apache-2.0
// How fast a battery fills or empties, smoothed, for batteries whose driver does not say when they
// will be empty.
//
// Two ways, the better first: the power that the driver reports, as an exponential average; else the
// slope of the charge itself over the last minutes. Both begin anew when the direction changes, so
// that the time left is never computed from the hour before the plug was pulled.
#pragma once

#include <deque>
#include <optional>

#include "base/clock.h"

namespace lucarne::sensors {

enum class ChargeStatus { Unknown, Charging, Discharging, NotCharging, Full };

class ChargeRate {
 public:
  /// Weight of a reading falls to 1/e after this: long enough to ride over a busy moment.
  static constexpr base::Duration kSmoothing = std::chrono::seconds(90);
  /// The slope is not told from less, a percent step would be mistaken for a rate…
  static constexpr base::Duration kShortestSlope = std::chrono::minutes(2);
  /// …and readings older than this do not describe the present load.
  static constexpr base::Duration kLongestSlope = std::chrono::minutes(15);

  /// `watts` is a size without sign, `charge` in any unit that grows as the battery fills.
  void add(base::TimePoint now, ChargeStatus status, std::optional<double> watts,
           std::optional<double> charge);

  /// Average power, positive; nothing before the first reading.
  std::optional<double> watts() const { return watts_; }
  /// Units of charge per second, positive whichever the direction; nothing while too little is known.
  std::optional<double> slope() const;

 private:
  struct Point {
    base::TimePoint at;
    double charge;
  };

  ChargeStatus status_ = ChargeStatus::Unknown;
  std::optional<double> watts_;
  base::TimePoint last_{};
  std::deque<Point> points_;  // of the last kLongestSlope, bounded in number too
};

}  // namespace lucarne::sensors
