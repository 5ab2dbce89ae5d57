// SPDX-License-Identifier: Apache-2.0
// What --stats writes: how many pictures were shown, how old they were, and what it cost.
//
// One JSON object a line. While something is presented, a line about every second; one with
// "final": true for the whole run at the end. Nothing is written while nothing happens, and no timer
// runs for it. Latencies are from the moment a guest drew a stamp (surface/stamp.h) to the moment
// after the present that showed it, in milliseconds; only stamps drawn on this machine mean
// something. The fields are listed in lucarne-kiosk(1).
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/c_handle.h"
#include "base/clock.h"
#include "surface/stamp.h"

namespace lucarne::kiosk {

class Stats {
 public:
  /// `path` empty: counts only. Throws SetupError when the file cannot be written. `outputWords`
  /// says what the panel is.
  Stats(const std::string& path, std::string outputWords, const base::Clock& clock);

  void onUpload(std::int64_t pixels);
  /// A picture that the GPU took from a guest's dma-buf.
  void onImport();
  /// Which way each guest's last picture took, in words.
  void setPaths(std::map<std::string, std::string> paths) { paths_ = std::move(paths); }
  /// Whether stamps are of use to anybody.
  bool isWritten() const { return file_ != nullptr; }
  /// The stamp in the picture that was just uploaded, if there is one.
  void onStamp(std::optional<surface::Stamp> stamp);
  /// The age of the stamp in what was presented, if it had one that was not shown before.
  std::optional<base::Duration> onPresent();
  void finish();

  std::uint64_t presents() const { return whole_.presents; }

 private:
  struct Span {
    std::uint64_t presents = 0;
    std::uint64_t stampedPresents = 0;
    std::uint64_t uploads = 0;
    std::uint64_t uploadedBytes = 0;
    std::uint64_t imports = 0;
    std::vector<float> latenciesMs;
    base::TimePoint start{};
    base::TimePoint lastPresent{};
    double cpuSeconds = 0;
    std::int64_t wakeups = 0;
  };

  static void beginSpan(Span& span, base::TimePoint now);
  void write(const Span& span, bool isFinal);

  std::string outputWords_;
  std::map<std::string, std::string> paths_;
  const base::Clock& clock_;
  base::CHandle<std::FILE, std::fclose> file_;
  Span second_;
  Span whole_;
  std::optional<surface::Stamp> newest_;     // uploaded, not yet presented
  std::optional<std::uint32_t> lastShown_;   // counter of the last stamp presented
};

/// The value below which `share` (0…1) of the values lie; 0 without values. Reorders them.
double percentile(std::vector<float>& values, double share);

}  // namespace lucarne::kiosk
