// SPDX-License-Identifier: Apache-2.0
// `--stats`: a line a second about what goes through a Screen, and how it gets there.
#pragma once

#include <cstdint>

#include "base/program.h"
#include "display-relay/endpoint.h"
#include "surface/screen.h"

namespace lucarne::relay {

class RelayStats final : private surface::ScreenObserver {
 public:
  /// Logs from now on, also when nothing moves. `screen`, `source` and `context` outlive it.
  RelayStats(surface::Screen& screen, const Source& source, const base::Context& context);
  ~RelayStats() override;

 private:
  void onPicture() override { ++sizes_; }
  void onDamage(const surface::Damage& damage) override;
  void report();

  surface::Screen& screen_;
  const Source& source_;
  base::Log log_;
  const base::Clock& clock_;
  base::Timer timer_;
  base::TimePoint since_;
  std::int64_t frames_ = 0;
  std::int64_t pixels_ = 0;
  int sizes_ = 0;
  double cpuSeconds_ = 0;
};

}  // namespace lucarne::relay
