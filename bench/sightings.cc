// SPDX-License-Identifier: Apache-2.0
#include "bench/sightings.h"

#include <algorithm>
#include <thread>

#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

// A stamp's cells are read at their middles, so that it can be read from half a cell before its place
// until half a cell behind it. Its place, from the last one at which it can be read: at the panel's
// edge those before are missing. `flipped`: the guest's axis runs against the panel's.
int placeOf(surface::ConstFrame panel, Shown shown, int surface::GuestPoint::*axis, bool flipped) {
  constexpr int kMiddle = surface::Stamp::kCell / 2;
  const int behind = flipped ? kMiddle : surface::Stamp::kCell - 1 - kMiddle;
  while (readStamp(panel, shown)) ++(shown.origin.*axis);
  return std::max(0, shown.origin.*axis - 1 - behind);
}

}  // namespace

std::optional<surface::GuestPoint> findOrigin(surface::ConstFrame panel, Shown shown) {
  const surface::Size turnedSize = turned(shown.guest, shown.rotation);
  for (int y = 0; y <= std::max(0, panel.size.height - turnedSize.height) + 40; ++y) {
    for (int x = 0; x <= std::max(0, panel.size.width - turnedSize.width) + 40; ++x) {
      shown.origin = {x, y};
      if (!readStamp(panel, shown)) continue;
      const int turn = degrees(shown.rotation);
      return surface::GuestPoint{
          placeOf(panel, shown, &surface::GuestPoint::x, turn == 90 || turn == 180),
          placeOf(panel, shown, &surface::GuestPoint::y, turn == 180 || turn == 270)};
    }
  }
  return std::nullopt;
}

Sightings watchPanel(const Panel& panel, const Shown& shown, const std::function<bool()>& over) {
  const base::RealClock clock;
  Sightings seen;
  std::uint32_t last = 0;
  base::TimePoint lastShown{};
  const base::TimePoint start = clock.now();
  base::TimePoint looked = start;
  for (int look = 0;; ++look) {
    if (look % 40 == 0 && over()) return seen;
    const auto stamp = readStamp(panel.pixels(), shown);
    const base::TimePoint now = clock.now();
    if (stamp && stamp->counter != last) {
      const auto nowUs = static_cast<double>(base::toMicroseconds(now.time_since_epoch()));
      seen.latencies.push_back((nowUs - static_cast<double>(stamp->drawnUs)) / 1000);
      seen.seenAt.push_back(milliseconds(now - start));
      if (seen.shown++ == 0) {
        seen.firstCounter = stamp->counter;
      } else {
        seen.gaps.push_back(milliseconds(now - lastShown));
      }
      last = seen.lastCounter = stamp->counter;
      lastShown = now;
    }
    std::this_thread::sleep_for(kPoll);
    seen.lateness.push_back(milliseconds(clock.now() - looked - kPoll));
    looked = clock.now();
  }
}

Outcome summarize(const Sightings& seen, double seconds) {
  Outcome o;
  o.shownPerSecond = seen.shown / seconds;
  const double drawn = seen.lastCounter - seen.firstCounter + 1.0;
  o.shareShown = seen.shown > 0 ? seen.shown / drawn : 0;
  o.latencyP50 = percentile(seen.latencies, 0.50);
  o.latencyP95 = percentile(seen.latencies, 0.95);
  o.latencyP99 = percentile(seen.latencies, 0.99);
  o.longestGap = percentile(seen.gaps, 1.0);
  o.pollLatenessP99 = percentile(seen.lateness, 0.99);
  return o;
}

double worstError(surface::ConstFrame panel, surface::ConstFrame expected) {
  constexpr int kSide = 64;
  double worst = 0;
  for (int y0 = 0; y0 < expected.size.height; y0 += kSide) {
    for (int x0 = 0; x0 < expected.size.width; x0 += kSide) {
      const surface::Rect r =
          surface::intersect({x0, y0, kSide, kSide}, surface::Rect::of(expected.size));
      std::int64_t sum = 0;
      for (int y = r.y; y < r.bottom(); ++y) {
        for (int x = r.x; x < r.right(); ++x) {
          for (int shift = 0; shift < 24; shift += 8) {
            const int d = static_cast<int>(panel.at(x, y) >> shift & 0xff) -
                          static_cast<int>(expected.at(x, y) >> shift & 0xff);
            sum += d * d;
          }
        }
      }
      worst = std::max(worst, static_cast<double>(sum) / static_cast<double>(r.pixels() * 3));
    }
  }
  return worst;
}

}  // namespace lucarne::bench
