// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace lucarne::bench {

namespace {

using nlohmann::json;

constexpr int kFormat = 2;
constexpr int kOldestFormat = 1;  // without the guest's server in cpu_ms_per_frame

struct Field {
  const char* name;
  double Outcome::* value;
};
constexpr Field kFields[] = {
    {"shown_per_second", &Outcome::shownPerSecond},
    {"share_shown", &Outcome::shareShown},
    {"latency_p50_ms", &Outcome::latencyP50},
    {"latency_p95_ms", &Outcome::latencyP95},
    {"latency_p99_ms", &Outcome::latencyP99},
    {"longest_gap_ms", &Outcome::longestGap},
    {"line_bytes_per_frame", &Outcome::lineBytesPerFrame},
    {"cpu_ms_per_frame", &Outcome::cpuPerFrame},
    {"until_exact_ms", &Outcome::untilExact},
    {"differing_pixels", &Outcome::differingPixels},
    {"poll_lateness_p99_ms", &Outcome::pollLatenessP99},
};

std::string exactWords(const Outcome& o) {
  return o.untilExact >= 0 ? fmt::format("{:.0f} ms", o.untilExact)
                           : fmt::format("never ({:.0f} px)", o.differingPixels);
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  utsname name{};
  ::uname(&name);
  return name.machine;
}

json toJson(const Result& r) {
  json j = {{"scene", r.task.scene},
            {"line", r.task.line},
            {"path", r.task.path},
            {"width", r.task.size.width},
            {"height", r.task.size.height},
            {"rotation", degrees(r.task.rotation)},
            {"drawn_per_second", r.task.framesPerSecond},
            {"seconds", r.task.seconds},
            {"runs", r.runs},
            {"cpu_ms_per_frame_of", r.median.cpuPerFrameOf},
            {"resident_mib", r.median.residentMiB}};
  for (const Field& f : kFields) j[f.name] = r.median.*f.value;
  return j;
}

bool sameTask(const Task& a, const Task& b) {
  return a.scene == b.scene && a.line == b.line && a.path == b.path && a.size == b.size &&
         a.rotation == b.rotation;
}

}  // namespace

std::string lineWords(const std::string& line) {
  if (line == "direct") return "none";
  return line == "0" ? "bare PTY" : line.ends_with("baud") ? line : line + "B/s";
}

std::string toTable(const std::vector<Result>& results) {
  const bool sizes = std::any_of(results.begin(), results.end(), [&results](const Result& r) {
    return r.task.size != results.front().task.size;
  });
  std::string text =
      "| scene | line | path | fps | p50 ms | p95 ms | gap ms | bytes/frame | CPU ms/frame | exact |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Result& r : results) {
    const Outcome& o = r.median;
    text += fmt::format("| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} | {:.0f} | {:.2f} | {} |\n",
                        sizes ? fmt::format("{} {}x{}", r.task.scene, r.task.size.width,
                                            r.task.size.height)
                              : r.task.scene,
                        lineWords(r.task.line), r.task.path, o.shownPerSecond,
                        o.latencyP50, o.latencyP95, o.longestGap, o.lineBytesPerFrame,
                        o.cpuPerFrame, exactWords(o));
  }
  return text;
}

std::string toJson(const std::vector<Result>& results, const std::string& command) {
  json all = {{"format", kFormat},
              {"command", command},
              {"machine", {{"processor", processor()}, {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)}}},
              {"results", json::array()}};
  for (const Result& r : results) all["results"].push_back(toJson(r));
  return all.dump(1) + "\n";
}

ResultFile parseResults(const std::string& text) try {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object() || all.value("format", 0) < kOldestFormat ||
      all.value("format", 0) > kFormat || !all["results"].is_array()) {
    throw base::UsageError("that file is not a result of lucarne-bench paths");
  }
  ResultFile file;
  file.command = all.value("command", "");
  if (const json machine = all.value("machine", json::object()); machine.is_object()) {
    file.processor = machine.value("processor", "");
    file.cores = machine.value("cores", 0);
  }
  for (const json& j : all["results"]) {
    Result r;
    r.task.scene = j.value("scene", "");
    r.task.line = j.value("line", "");
    r.task.path = j.value("path", "");
    r.task.size = {j.value("width", 0), j.value("height", 0)};
    r.task.rotation = surface::rotationOf(j.value("rotation", 0)).value_or(surface::Rotation::Deg0);
    r.runs = j.value("runs", 0);
    for (const Field& f : kFields) r.median.*f.value = j.value(f.name, 0.0);
    file.results.push_back(std::move(r));
  }
  return file;
} catch (const json::exception&) {
  throw base::UsageError("that file is not a result of lucarne-bench paths");
}

std::string toComparison(const std::vector<Result>& now, const std::vector<Result>& before) {
  std::string text = "| scene | line | path | fps | p50 | p95 | bytes/frame | CPU/frame |\n"
                     "|---|---|---|---|---|---|---|---|\n";
  const auto ratio = [](double a, double b) {
    return b > 0 ? fmt::format("x{:.2f}", a / b) : std::string("-");
  };
  for (const Result& n : now) {
    const auto old = std::find_if(before.begin(), before.end(), [&n](const Result& b) {
      return sameTask(n.task, b.task);
    });
    if (old == before.end()) continue;
    const Outcome& a = n.median;
    const Outcome& b = old->median;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", n.task.scene,
                        lineWords(n.task.line), n.task.path,
                        ratio(a.shownPerSecond, b.shownPerSecond), ratio(a.latencyP50, b.latencyP50),
                        ratio(a.latencyP95, b.latencyP95),
                        ratio(a.lineBytesPerFrame, b.lineBytesPerFrame),
                        ratio(a.cpuPerFrame, b.cpuPerFrame));
  }
  return text;
}

}  // namespace lucarne::bench
