// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lucarne::demo {

namespace {

constexpr double kMebi = 1024.0 * 1024.0;

std::string perSecond(std::uint64_t bytes, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
  return rate >= 1e6 ? fmt::format("{:.2f} MB/s", rate / 1e6)
                     : fmt::format("{:.1f} kB/s", rate / 1e3);
}

double ratio(std::uint64_t raw, std::uint64_t line) {
  return line > 0 ? static_cast<double>(raw) / static_cast<double>(line) : 0;
}

}  // namespace

std::string toTable(const Report& r, const Settings& settings) {
  std::string table;
  const auto row = [&table](std::string_view name, const std::string& value) {
    table += fmt::format("  {:<22} {}\n", name, value);
  };
  row("first picture", fmt::format("after {:.1f} s", r.firstPictureSeconds));
  row("frames shown",
      fmt::format("{:.1f} a second ({} in {:.1f} s, turned by {} degrees)", r.framesPerSecond(),
                  r.framesShown, r.seconds, surface::degrees(settings.rotation)));
  row("drawn to presented", r.latencyP50Ms > 0 ? fmt::format("{:.1f} ms p50, {:.1f} ms p95",
                                                             r.latencyP50Ms, r.latencyP95Ms)
                                               : "not known (this guest draws no stamps)");
  row("line to the panel",
      fmt::format("{} of {}", perSecond(r.lineBytesToPanel, r.seconds),
                  settings.rate == "0" ? "a line without limit" : settings.rate));
  row("raw pixels", fmt::format("{}, {:.1f} times as much", perSecond(r.rawBytes, r.seconds),
                                ratio(r.rawBytes, r.lineBytesToPanel)));
  row("line to the guest", perSecond(r.lineBytesToGuest, r.seconds));
  for (const ProgramShare& program : r.programs) {
    row("CPU " + program.name,
        fmt::format("{:5.1f} % of a core, {:.0f} MiB", program.cpuShare * 100,
                    static_cast<double>(program.peakBytes) / kMebi));
  }
  return table;
}

std::string toJson(const Report& r, const Settings& settings) {
  nlohmann::ordered_json programs = nlohmann::ordered_json::array();
  for (const ProgramShare& program : r.programs) {
    programs.push_back({{"name", program.name},
                        {"cpu_share", program.cpuShare},
                        {"peak_bytes", program.peakBytes}});
  }
  const nlohmann::ordered_json json = {
      {"guest", settings.vnc.empty() ? "built in" : settings.vnc},
      {"headless", settings.panel == Panel::Headless},
      {"rotation", surface::degrees(settings.rotation)},
      {"line", settings.rate},
      {"line_latency_ms", settings.latencyMs},
      {"first_picture_seconds", r.firstPictureSeconds},
      {"seconds", r.seconds},
      {"frames_shown", r.framesShown},
      {"frames_per_second", r.framesPerSecond()},
      {"latency_ms_p50", r.latencyP50Ms},
      {"latency_ms_p95", r.latencyP95Ms},
      {"line_bytes_to_panel", r.lineBytesToPanel},
      {"line_bytes_to_guest", r.lineBytesToGuest},
      {"raw_bytes", r.rawBytes},
      {"programs", programs},
  };
  return json.dump(2) + "\n";
}

}  // namespace lucarne::demo
