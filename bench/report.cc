// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/scenes/scene.h"

namespace lucarne::bench {

namespace {

std::string fileName(const std::string& path) { return path.substr(path.find_last_of("/:") + 1); }

}  // namespace

std::string exactWords(double untilExact, double differingPixels) {
  return untilExact >= 0 ? fmt::format("{:.0f} ms", untilExact)
                         : fmt::format("never ({:.0f} px)", differingPixels);
}

bool sameTask(const Task& a, const Task& b) {
  return a.guest == b.guest && a.scene == b.scene && a.line == b.line && a.path == b.path &&
         a.window == b.window && a.size == b.size && a.rotation == b.rotation &&
         a.framesPerSecond == b.framesPerSecond && a.serverRate == b.serverRate &&
         a.faults.bitErrorRate == b.faults.bitErrorRate;
}

std::string lineWords(const std::string& line) {
  if (line == "direct") return "none";
  if (line == "0") return "bare PTY";
  return line == "unix" || line == "tcp" || line.ends_with("baud") ? line : line + "B/s";
}

std::string lineWords(const Task& task) {
  const double errors = task.faults.bitErrorRate;
  return lineWords(task.line) + (errors > 0 ? fmt::format(", {:g} wrong bits", errors) : "");
}

std::string sceneWords(const Task& task, bool withSize) {
  const Task usual;
  std::string words = task.scene;
  if (words.starts_with(kRecordingPrefix)) words = "recording " + fileName(words);
  if (withSize) words += fmt::format(" {}x{}", task.size.width, task.size.height);
  if (task.framesPerSecond == kOwnPace) {
    words += " at its own pace";
  } else if (task.framesPerSecond != usual.framesPerSecond) {
    words += fmt::format(" at {:g}/s", task.framesPerSecond);
  }
  if (task.serverRate != usual.serverRate) words += fmt::format(", its server at {}/s", task.serverRate);
  if (task.window != usual.window) words += ", " + task.window;
  if (task.rotation != usual.rotation) words += fmt::format(", turned by {}", degrees(task.rotation));
  return words;
}

bool haveSeveralSizes(const std::vector<Result>& results) {
  return std::any_of(results.begin(), results.end(), [&results](const Result& r) {
    return r.task.size != results.front().task.size;
  });
}

std::string toTable(const std::vector<Result>& results) {
  const bool sizes = haveSeveralSizes(results);
  std::string text =
      "| scene | line | path | fps | p50 ms | p95 ms | gap ms | bytes/frame | CPU ms/frame | exact "
      "|\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Result& r : results) {
    const Outcome o = median(r.runs);
    text += fmt::format(
        "| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} | {:.0f} | {:.2f} | {} |\n",
        sceneWords(r.task, sizes), lineWords(r.task), r.task.path, o.shownPerSecond, o.latencyP50, o.latencyP95,
        o.longestGap, o.lineBytesPerFrame, o.cpuPerFrame, exactWords(o.untilExact, o.differingPixels));
  }
  return text;
}

std::string toProgramTable(const std::vector<Result>& results) {
  struct Use {
    double residentMiB = 0;
    std::vector<double> cpu;
  };
  std::map<std::string, std::map<std::string, Use>> uses;
  for (const Result& r : results) {
    const Outcome o = median(r.runs);
    if (o.shownPerSecond < 1) continue;  // a share of hardly any frames means nothing
    for (const auto& [program, cpu] : o.cpuPerFrameOf) {
      Use& use = uses[r.task.path][program];
      use.cpu.push_back(cpu);
      const auto resident = o.residentMiB.find(program);
      if (resident != o.residentMiB.end()) {
        use.residentMiB = std::max(use.residentMiB, resident->second);
      }
    }
  }
  std::string text =
      "| path | program | RSS MiB, at most | CPU ms/frame, at least | at most |\n"
      "|---|---|---|---|---|\n";
  for (const auto& [path, programs] : uses) {
    for (const auto& [program, use] : programs) {
      text += fmt::format(
          "| {} | {} | {} | {:.2f} | {:.2f} |\n", path, program,
          use.residentMiB > 0 ? fmt::format("{:.0f}", use.residentMiB) : "-",
          *std::min_element(use.cpu.begin(), use.cpu.end()),
          *std::max_element(use.cpu.begin(), use.cpu.end()));
    }
  }
  return text;
}

std::string toComparison(const std::vector<Result>& now, const std::vector<Result>& before) {
  std::string text =
      "| scene | line | path | fps | p50 | p95 | bytes/frame | CPU/frame |\n"
      "|---|---|---|---|---|---|---|---|\n";
  const bool sizes = haveSeveralSizes(now);
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
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n", sceneWords(n.task, sizes),
        lineWords(n.task), n.task.path, ratio(a.shownPerSecond, b.shownPerSecond), ratio(a.latencyP50, b.latencyP50),
        ratio(a.latencyP95, b.latencyP95), ratio(a.lineBytesPerFrame, b.lineBytesPerFrame),
        ratio(a.cpuPerFrame, b.cpuPerFrame));
  }
  return text;
}

}  // namespace lucarne::bench
