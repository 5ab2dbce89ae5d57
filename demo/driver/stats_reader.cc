// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/stats_reader.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace lucarne::demo {

std::optional<Shown> parseStatsLine(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto number = [&json](const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_number() ? at->get<double>() : 0.0;
  };
  const auto count = [&number](const char* name) {
    return static_cast<std::uint64_t>(std::max(0.0, number(name)));
  };
  return Shown{.seconds = number("seconds"),
               .presents = count("presents"),
               .stampedPresents = count("stamped_presents"),
               .uploadedBytes = count("uploaded_bytes"),
               .latencyP50Ms = number("latency_ms_p50"),
               .latencyP95Ms = number("latency_ms_p95"),
               .isFinal = json.value("final", false)};
}

std::optional<Shown> StatsReader::next() {
  std::ifstream in(path_);
  in.seekg(offset_);
  std::string line;
  if (!std::getline(in, line) || in.eof()) return std::nullopt;  // no line, or half of one
  offset_ += static_cast<std::int64_t>(line.size()) + 1;
  return parseStatsLine(line);
}

}  // namespace lucarne::demo
