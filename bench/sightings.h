// SPDX-License-Identifier: Apache-2.0
// What is seen on the panel while a scene moves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "bench/measurement.h"
#include "bench/panel.h"

namespace lucarne::bench {

/// Short against a frame, long against what a look costs (some microseconds).
inline constexpr base::Duration kPoll = std::chrono::microseconds(500);

struct Sightings {
  std::uint32_t firstCounter = 0;
  std::uint32_t lastCounter = 0;
  int shown = 0;                  ///< different frames
  std::vector<double> latencies;  ///< ms from drawn to seen
  std::vector<double> seenAt;     ///< ms since the watch began, as many
  std::vector<double> gaps;       ///< ms between two frames
  std::vector<double> lateness;   ///< ms by which the watcher itself woke late
};

/// Frames, latencies and gaps of a watch that long.
Outcome summarize(const Sightings& seen, double seconds);

/// Looks for the guest's stamp at every place of the panel: a viewer may leave a border.
std::optional<surface::GuestPoint> findOrigin(surface::ConstFrame panel, Shown shown);

/// Blocks, looking every kPoll, until `over` says so (asked every 40 looks).
Sightings watchPanel(const Panel& panel, const Shown& shown, const std::function<bool()>& over);

/// Looks at the whole panel, every few milliseconds, until `found`; false when it took longer than
/// `patience`.
template <typename Found>
bool lookUntil(base::Duration patience, Found found) {
  // Looking at a whole panel costs a few milliseconds itself.
  constexpr base::Duration kWholeLook = std::chrono::milliseconds(2);
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (!found()) {
    if (clock.now() > end) return false;
    std::this_thread::sleep_for(kWholeLook);
  }
  return true;
}

/// The worst 64 x 64 pixels of the panel, as a mean of squared differences of channels.
double worstError(surface::ConstFrame panel, surface::ConstFrame expected);

}  // namespace lucarne::bench
