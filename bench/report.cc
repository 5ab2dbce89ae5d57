// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace lucarne::bench {

namespace {

std::string exactWords(const Outcome& o) {
  return o.untilExact >= 0 ? fmt::format("{:.0f} ms", o.untilExact)
                           : fmt::format("never ({:.0f} px)", o.differingPixels);
}

}  // namespace

bool sameTask(const Task& a, const Task& b) {
  return a.guest == b.guest && a.scene == b.scene && a.line == b.line && a.path == b.path &&
         a.window == b.window && a.size == b.size && a.rotation == b.rotation &&
         a.serverRate == b.serverRate;
}

std::string lineWords(const std::string& line) {
  if (line == "direct") return "none";
  return line == "0" ? "bare PTY" : line.ends_with("baud") ? line : line + "B/s";
}

std::string toTable(const std::vector<Result>& results) {
  const bool sizes = std::any_of(results.begin(), results.end(), [&results](const Result& r) {
    return r.task.size != results.front().task.size;
  });
  std::string text =
      "| scene | line | path | fps | p50 ms | p95 ms | gap ms | bytes/frame | CPU ms/frame | exact "
      "|\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Result& r : results) {
    const Outcome o = median(r.runs);
    text += fmt::format(
        "| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} | {:.0f} | {:.2f} | {} |\n",
        sizes ? fmt::format("{} {}x{}", r.task.scene, r.task.size.width, r.task.size.height)
              : r.task.scene,
        lineWords(r.task.line), r.task.path, o.shownPerSecond, o.latencyP50, o.latencyP95,
        o.longestGap, o.lineBytesPerFrame, o.cpuPerFrame, exactWords(o));
  }
  return text;
}

std::string toComparison(const std::vector<Result>& now, const std::vector<Result>& before) {
  std::string text =
      "| scene | line | path | fps | p50 | p95 | bytes/frame | CPU/frame |\n"
      "|---|---|---|---|---|---|---|---|\n";
  const auto ratio = [](double a, double b) {
    return b > 0 ? fmt::format("x{:.2f}", a / b) : std::string("-");
  };
  for (const Result& n : now) {
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&n](const Result& b) { return sameTask(n.task, b.task); });
    if (old == before.end()) continue;
    const Outcome a = median(n.runs);
    const Outcome b = median(old->runs);
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n", n.task.scene, lineWords(n.task.line),
        n.task.path, ratio(a.shownPerSecond, b.shownPerSecond), ratio(a.latencyP50, b.latencyP50),
        ratio(a.latencyP95, b.latencyP95), ratio(a.lineBytesPerFrame, b.lineBytesPerFrame),
        ratio(a.cpuPerFrame, b.cpuPerFrame));
  }
  return text;
}

}  // namespace lucarne::bench
