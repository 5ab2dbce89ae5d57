// SPDX-License-Identifier: Apache-2.0
#include "bench/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "bench/chart.h"
#include "bench/displays.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

struct Measure {
  const char* file;
  const char* title;
  const char* unit;
  Scale scale;
  double Outcome::*value;
};
constexpr Measure kMeasures[] = {
    {"frames", "Frames shown", "a second", Scale::Linear, &Outcome::shownPerSecond},
    {"latency", "Latency p95, drawn to visible", "ms", Scale::Logarithmic, &Outcome::latencyP95},
    {"cpu", "Processor time of all programs", "ms a shown frame", Scale::Logarithmic,
     &Outcome::cpuPerFrame},
    {"bytes", "Bytes on the line", "a shown frame", Scale::Logarithmic,
     &Outcome::lineBytesPerFrame},
};

std::string sizeWords(surface::Size size) { return fmt::format("{}x{}", size.width, size.height); }

void addOnce(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

// Names of groups and series as `group` and `series` say, in the order of the results.
template <typename Group, typename Of>
Chart chartOf(const std::vector<const Result*>& results, const Measure& measure, Group group,
              Of series) {
  Chart chart{measure.title, measure.unit, measure.scale, {}, {}};
  std::vector<std::string> names;
  for (const Result* r : results) {
    addOnce(chart.groups, group(*r));
    addOnce(names, series(*r));
  }
  for (const std::string& name : names) {
    chart.series.push_back({name, std::vector<double>(chart.groups.size(), -1)});
  }
  for (const Result* r : results) {
    const auto g = std::find(chart.groups.begin(), chart.groups.end(), group(*r));
    const auto s = std::find(names.begin(), names.end(), series(*r));
    chart.series[static_cast<std::size_t>(s - names.begin())]
        .values[static_cast<std::size_t>(g - chart.groups.begin())] =
        median(r->runs).*measure.value;
  }
  return chart;
}

std::string sceneAndLine(const Result& r) {
  return fmt::format("{}, {}", sceneWords(r.task, false), lineWords(r.task));
}

Chart echoChart(const std::vector<EchoResult>& echoes, const char* title,
                EchoTimes EchoOutcome::*kind) {
  Chart chart{title, "ms", Scale::Logarithmic, {}, {}};
  const auto groupOf = [](const EchoResult& r) {
    return fmt::format("{}, {}", guestWords(r.task), lineWords(r.task.line));
  };
  for (const EchoResult& r : echoes) addOnce(chart.groups, groupOf(r));
  std::map<std::string, std::map<std::string, double>> values;
  for (const EchoResult& r : echoes) values[r.task.path][groupOf(r)] = (median(r.runs).*kind).p95;
  for (const auto& [path, byGroup] : values) {
    Series series{path, {}};
    for (const std::string& group : chart.groups) {
      const auto found = byGroup.find(group);
      series.values.push_back(found == byGroup.end() ? -1 : found->second);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

std::size_t fewestRuns(const ResultFile& file) {
  std::size_t fewest = SIZE_MAX;
  for (const Result& r : file.results) fewest = std::min(fewest, r.runs.size());
  for (const EchoResult& r : file.echoes) fewest = std::min(fewest, r.runs.size());
  for (const BeginningResult& r : file.boots) fewest = std::min(fewest, r.runs.size());
  for (const BeginningResult& r : file.stills) fewest = std::min(fewest, r.runs.size());
  for (const ChangesResult& r : file.changes) fewest = std::min(fewest, r.runs.size());
  return fewest == SIZE_MAX ? 0 : fewest;
}

// The greatest difference between the runs of one row, as a share of their median.
double spread(const std::vector<Outcome>& runs, double Outcome::*value) {
  std::vector<double> values;
  for (const Outcome& run : runs) values.push_back(run.*value);
  const double half = middle(values);
  return half > 0 ? (percentile(values, 1) - percentile(values, 0)) / half : 0;
}

std::string noiseWords(const ResultFile& file) {
  double late = 0;
  std::vector<double> fps, p95;
  for (const Result& r : file.results) {
    late = std::max(late, median(r.runs).pollLatenessP99);
    fps.push_back(100 * spread(r.runs, &Outcome::shownPerSecond));
    p95.push_back(100 * spread(r.runs, &Outcome::latencyP95));
  }
  for (const EchoResult& r : file.echoes) late = std::max(late, median(r.runs).pollLatenessP99);
  std::string text = fmt::format(
      "The machine's own noise: the bench, asking for a short sleep, was late by up to {:.1f} ms "
      "(p99 "
      "of the worst row).",
      late);
  if (fewestRuns(file) > 1 && !file.results.empty()) {
    text += fmt::format(
        " Between the runs of a row, frames a second differed by {:.0f} % and p95 by {:.0f} % (the "
        "middle row; at worst {:.0f} % and {:.0f} %).",
        middle(fps), middle(p95), percentile(fps, 1), percentile(p95, 1));
  }
  return text + "\n\n";
}

std::string commandWords(const ResultFile& file) {
  std::string text = "Made by\n\n```\n";
  for (const std::string& command : file.commands) text += command + "\n";
  const std::size_t runs = fewestRuns(file);
  return text +
         fmt::format("```\n\non {} cores of {}. {}.\n\n", file.cores, file.processor,
                     runs == 1 ? std::string("One run") : fmt::format("Medians of {} runs", runs));
}

constexpr const char* kPathsWords =
    "A guest (an Xvnc) draws frames that carry their number and time; the panel (an Xvfb) is read "
    "back. `lucarne` asks the guest's VNC server, `lucarne-x11` its X server itself. `tigervnc` is Xvnc, socat, line, socat, vncviewer, full screen, with nodelay; on the "
    "line `unix` the viewer itself is at the line's end. `xpra` is `xpra start-desktop` on the same "
    "X server, socat, line, socat, `xpra attach`, full screen, with the encodings that it chooses "
    "by itself; it looks at the X server itself, no VNC is involved. CPU is "
    "that "
    "of all programs of a path and of the guest's server, which draws and, for TigerVNC, encodes; "
    "the line itself is not counted. \"exact\" is how long after the last frame the panel equals "
    "the "
    "guest to the pixel. A frame of `video` and `whole` counts as shown when the stamp at the end "
    "of "
    "the moving picture is there.\n\n";
constexpr const char* kEchoWords =
    "Keys and motions are put into the panel's X server; the guest draws for each a mark that "
    "names "
    "it, at once; the time is that from the input until the mark is on the panel. They take turns, "
    "20 to 60 ms after the answer to the one before. \"lost\": no answer within 5 s. The guest's "
    "VNC server "
    "waits half of its beat of 60 a second, 8 ms, before it sends what changed after a rest; the "
    "rows "
    "\"its server at …/s\" are without that.\n\n";

constexpr const char* kBootWords =
    "From the start of the path's programs over a guest whose picture rests. Recognisable: every "
    "64 x 64 pixels of the panel are within 25 dB of the guest's.\n\n";
constexpr const char* kStillsWords =
    "The guest draws a still picture over an empty screen that the path shows, at once: `page` is "
    "a page of text, `wallpaper` a photograph with a note on it. The times are from its drawing: "
    "until the stamp in the corner, until every 64 x 64 pixels of the panel are within 25 dB of "
    "the guest's, until the text equals the guest's to the pixel, until everything does. TigerVNC "
    "does not repair what it sent as JPEG.\n\n";
constexpr const char* kChangesWords =
    "One run through the line's changes, in this order, while the guest draws 60 frames a second. "
    "Settled: from the change until 95 of 100 frames have about the latency that they have from "
    "then on (at most half as much again, or 20 ms more, than the p95 of the phase's second half, "
    "to which the other figures belong). The bits still go wrong while it comes to rest.\n\n";

constexpr const char* kDisplaysWords =
    "The guest (bench/guest/painter.c, in QEMU on an emulated processor, -vga std, 1280x800) "
    "repaints "
    "every pixel 60 times a second; QEMU itself looks at its guest's screen every 30 ms for VNC, "
    "SPICE "
    "and D-Bus, so that about 33 frames a second are all that can be shown. Counted are the frames "
    "whose "
    "stamp at the end of the picture reaches the panel. None of the peers can turn the "
    "picture.\n\n";

std::string partOf(const ResultFile& file) {
  std::string text;
  if (hasDisplays(file)) {
    text += "## Displays of a QEMU guest\n\n" + commandWords(file) + kDisplaysWords +
            noiseWords(file) + toDisplayTable(file.results);
  } else if (!file.results.empty()) {
    const bool grows = haveSeveralSizes(file.results);
    text += grows ? "## How it grows with the screen\n\n" : "## Frames, latency, cost\n\n";
    text +=
        commandWords(file) + (grows ? "" : kPathsWords) + noiseWords(file) + toTable(file.results);
    if (!grows) text += "\nBy program, over all these rows:\n\n" + toProgramTable(file.results);
  }
  if (!file.echoes.empty()) {
    text +=
        "## Input\n\n" + commandWords(file) + kEchoWords + noiseWords(file) + toTable(file.echoes);
  }
  const auto part = [&](const char* title, const char* words, const auto& results) {
    if (!results.empty()) {
      text += std::string("## ") + title + "\n\n" + commandWords(file) + words + toTable(results);
    }
  };
  part("How a path begins", kBootWords, file.boots);
  part("Still pictures on a slow line", kStillsWords, file.stills);
  part("A line that changes", kChangesWords, file.changes);
  return text + "\n";
}

}  // namespace

bool hasDisplays(const ResultFile& file) {
  return !file.results.empty() && file.results.front().task.guest == kQemuGuest;
}

std::map<std::string, std::string> chartsOf(const ResultFile& file) {
  std::map<std::string, std::string> charts;
  if (hasDisplays(file)) return charts;
  std::vector<const Result*> all;
  std::vector<const Result*> ours;
  for (const Result& r : file.results) {
    all.push_back(&r);
    if (r.task.path == "lucarne") ours.push_back(&r);
  }
  const bool grows = haveSeveralSizes(file.results);
  for (const Measure& m : kMeasures) {
    if (all.empty()) break;
    charts[fmt::format("{}{}.svg", grows ? "growth-" : "", m.file)] = toSvg(
        grows ? chartOf(
                    ours, m, [](const Result& r) { return sizeWords(r.task.size); }, sceneAndLine)
              : chartOf(all, m, sceneAndLine, [](const Result& r) { return r.task.path; }));
  }
  if (!file.echoes.empty()) {
    charts["echo-key.svg"] = toSvg(echoChart(file.echoes, "Key echo p95", &EchoOutcome::key));
    charts["echo-pointer.svg"] =
        toSvg(echoChart(file.echoes, "Pointer echo p95", &EchoOutcome::pointer));
  }
  return charts;
}

std::string toDocument(const std::vector<ResultFile>& files, const std::string& charts,
                       const std::string& order) {
  std::string text = fmt::format(
      "# Figures\n\nThe page is written by `{}`: change the measurement, not the page.\n\n", order);
  for (const ResultFile& file : files) {
    text += partOf(file);
    if (charts.empty()) continue;
    for (const auto& [name, unused] : chartsOf(file)) {
      text += fmt::format("![{}]({}/{})\n", name.substr(0, name.find('.')), charts, name);
    }
    text += "\n";
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace lucarne::bench
