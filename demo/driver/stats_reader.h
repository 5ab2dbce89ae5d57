// SPDX-License-Identifier: Apache-2.0
// The kiosk's figures while it runs: the lines that lucarne-kiosk --stats writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lucarne::demo {

/// One line, or the sum of several.
struct Shown {
  double seconds = 0;
  std::uint64_t presents = 0;         ///< pictures put on the panel
  std::uint64_t stampedPresents = 0;  ///< of them with a newer guest's stamp than the last
  std::uint64_t uploadedBytes = 0;    ///< changed pixels, as they are
  double latencyP50Ms = 0;            ///< of the last line
  double latencyP95Ms = 0;
  bool isFinal = false;  ///< the line of the whole run
};

/// Nothing when it is not such a line.
std::optional<Shown> parseStatsLine(const std::string& line);

/// Follows the file as it grows.
class StatsReader {
 public:
  explicit StatsReader(std::string path) : path_(std::move(path)) {}
  /// The next line that is complete.
  std::optional<Shown> next();

 private:
  std::string path_;
  std::int64_t offset_ = 0;
};

}  // namespace lucarne::demo
