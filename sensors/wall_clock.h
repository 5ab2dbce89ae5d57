// SPDX-License-Identifier: Apache-2.0
// The time of day, as history and messages carry it. It may jump, in either direction, when a tablet
// without a battery-backed clock finds a time server: intervals are measured on base::Clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lucarne::sensors {

/// Milliseconds since 1970-01-01T00:00:00Z.
using WallMs = std::int64_t;

class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual WallMs nowMs() const = 0;
};

class RealWallClock final : public WallClock {
 public:
  WallMs nowMs() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class ManualWallClock final : public WallClock {
 public:
  WallMs nowMs() const override { return now_; }
  void advance(std::int64_t ms) { now_ += ms; }

 private:
  WallMs now_ = 1'700'000'000'000;
};

/// "2026-03-01T12:00:00.250Z"
std::string isoTime(WallMs ms);

}  // namespace lucarne::sensors
