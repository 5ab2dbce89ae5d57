// SPDX-License-Identifier: Apache-2.0
#include "bench/document.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "bench/chart.h"

namespace lucarne::bench {

namespace {

using Value = std::function<double(const Outcome&)>;

struct Measure {
  const char* file;
  const char* title;
  const char* unit;
  Scale scale;
  double Outcome::* value;
};
constexpr Measure kMeasures[] = {
    {"frames", "Frames shown", "a second", Scale::Linear, &Outcome::shownPerSecond},
    {"latency", "Latency p95, drawn to visible", "ms", Scale::Logarithmic, &Outcome::latencyP95},
    {"cpu", "Processor time of all programs", "ms a shown frame", Scale::Logarithmic,
     &Outcome::cpuPerFrame},
    {"bytes", "Bytes on the line", "a shown frame", Scale::Logarithmic, &Outcome::lineBytesPerFrame},
};

std::string sizeWords(surface::Size size) { return fmt::format("{}x{}", size.width, size.height); }

void addOnce(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

// Names of groups and series as `group` and `series` say, in the order of the results.
template <typename Group, typename Of>
Chart chartOf(const std::vector<const Result*>& results, const Measure& measure, Group group, Of series) {
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
        .values[static_cast<std::size_t>(g - chart.groups.begin())] = r->median.*measure.value;
  }
  return chart;
}

// The size that most results have comes first and has charts of its own.
surface::Size usualSize(const std::vector<Result>& results) {
  return results.empty() ? surface::Size{} : results.front().task.size;
}

}  // namespace

std::map<std::string, std::string> chartsOf(const std::vector<Result>& results) {
  std::map<std::string, std::string> charts;
  std::vector<const Result*> usual;
  std::vector<const Result*> ours;
  std::set<std::string> sizes;
  for (const Result& r : results) {
    if (r.task.size == usualSize(results)) usual.push_back(&r);
    if (r.task.path == "lucarne") ours.push_back(&r);
    sizes.insert(sizeWords(r.task.size));
  }
  for (const Measure& m : kMeasures) {
    charts[fmt::format("{}.svg", m.file)] = toSvg(chartOf(
        usual, m, [](const Result& r) { return fmt::format("{}, {}", r.task.scene, lineWords(r.task.line)); },
        [](const Result& r) { return r.task.path; }));
  }
  if (sizes.size() < 2) return charts;
  for (const Measure& m : kMeasures) {
    charts[fmt::format("growth-{}.svg", m.file)] = toSvg(chartOf(
        ours, m, [](const Result& r) { return sizeWords(r.task.size); },
        [](const Result& r) { return fmt::format("{}, {}", r.task.scene, lineWords(r.task.line)); }));
  }
  return charts;
}

std::string toDocument(const ResultFile& file, const std::string& charts, const std::string& order) {
  std::string text = fmt::format(
      "# Figures\n\nMade by\n\n```\n{}\n{}\n```\n\non {} cores of {}. Medians of {} runs. The page is "
      "written by the second command: change the measurement, not the page.\n\n",
      file.command, order, file.cores, file.processor,
      file.results.empty() ? 0 : file.results.front().runs);
  text +=
      "A guest (an Xvnc) draws frames that carry their number and time; the panel (an Xvfb) is read "
      "back. `tigervnc` is Xvnc, socat, line, socat, vncviewer, full screen, with nodelay. CPU is that "
      "of all programs of a path and of the guest's server, which draws and, for TigerVNC, encodes; "
      "the line itself is not counted. \"exact\" is how long after the last frame the panel equals the "
      "guest to the pixel. A frame of `video` and `whole` counts as shown when the stamp at the end of "
      "the moving picture is there.\n\n";
  double noise = 0;
  for (const Result& r : file.results) noise = std::max(noise, r.median.pollLatenessP99);
  text += fmt::format("The machine's own noise: the bench, asking for 0.5 ms of sleep, was late by up "
                      "to {:.1f} ms (p99 of the worst result).\n\n", noise);
  text += toTable(file.results);
  if (charts.empty()) return text;
  text += "\n";
  for (const auto& [name, unused] : chartsOf(file.results)) {
    text += fmt::format("![{}]({}/{})\n", name.substr(0, name.find('.')), charts, name);
  }
  return text;
}

}  // namespace lucarne::bench
