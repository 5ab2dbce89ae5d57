// SPDX-License-Identifier: Apache-2.0
// When the next large picture is asked for.
//
// Whoever shows the guest's screen as fast as it paints is served without waiting: the next request goes
// out while an update still arrives. Whoever is slower (a line) has pictures drawn, copied and compared
// that nobody will see; then the next one is asked for so that it comes when it can be used, or at the
// latest when asking costs a twentieth of the time, so that what is small and new is not missed. Pure
// computation.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace lucarne::relay::rfb {

class RequestPace {
 public:
  /// An update begins to arrive.
  void updateBegan(base::TimePoint now);
  /// It has arrived, and painted so many pixels.
  void updateEnded(std::int64_t pixels, base::TimePoint now);
  /// A newer picture can be used (Screen::wantPicture).
  void wanted(base::TimePoint now);

  /// The person did something that the guest may answer.
  void input(base::TimePoint now) { input_ = now; }

  /// Requests behind large updates wait until `wanted` or `latest`.
  bool holds(base::TimePoint now) const;
  /// When a request that waits goes out in any case.
  base::TimePoint latest() const;

  /// Updates of fewer pixels cost nothing worth saving.
  static constexpr std::int64_t kLarge = 256 * 256;

 private:
  bool slow_ = false;
  bool awaits_ = false;        // a large update has ended, and no newer one was wanted since
  base::TimePoint began_{};
  base::TimePoint ended_{};
  base::TimePoint input_{};
  base::Duration arriving_{};  // the last large update took this long to come …
  base::Duration used_{};      // … and so long after that a newer one was wanted
};

}  // namespace lucarne::relay::rfb
