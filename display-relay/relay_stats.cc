// SPDX-License-Identifier: Apache-2.0
#include "display-relay/relay_stats.h"

#include <ctime>

#include <chrono>
#include <utility>

namespace lucarne::relay {

namespace {

double processCpuSeconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

RelayStats::RelayStats(surface::Screen& screen, const Source& source,
                       const base::Context& context)
    : screen_(screen),
      source_(source),
      log_(context.log.named("stats")),
      clock_(context.clock),
      since_(clock_.now()),
      cpuSeconds_(processCpuSeconds()) {
  screen_.addObserver(*this);
  screen_.setAttention(*this, false);  // counting is not looking
  timer_ = context.loop.every(std::chrono::seconds(1), [this] { report(); });
}

RelayStats::~RelayStats() { screen_.removeObserver(*this); }

void RelayStats::onDamage(const surface::Damage& damage) {
  ++frames_;
  for (const surface::Rect& r : damage.rects()) pixels_ += r.pixels();
}

void RelayStats::report() {
  const base::TimePoint now = clock_.now();
  const double seconds = base::toSeconds(now - std::exchange(since_, now));
  const double cpu = processCpuSeconds();
  const std::string_view path = source_.pathWords();
  log_.info("{:.1f} updates/s, {:.2f} Mpixel/s, {}x{}, {} new sizes, {:.1f} % CPU{}{}",
            static_cast<double>(std::exchange(frames_, 0)) / seconds,
            static_cast<double>(std::exchange(pixels_, 0)) / 1e6 / seconds, screen_.size().width,
            screen_.size().height, std::exchange(sizes_, 0),
            100 * (cpu - std::exchange(cpuSeconds_, cpu)) / seconds, path.empty() ? "" : ", ", path);
}

}  // namespace lucarne::relay
