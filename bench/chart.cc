// SPDX-License-Identifier: Apache-2.0
#include "bench/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lucarne::bench {

namespace {

// Pixels of the drawing.
constexpr double kBar = 14;
constexpr double kBetweenGroups = 18;
constexpr double kTop = 56;
constexpr double kPlot = 220;
constexpr double kLetter = 6;  // about, of a name
constexpr double kLeastLeft = 64;
constexpr double kRight = 24;
constexpr int kMarks = 4;
constexpr const char* kColours[] = {"#1b6ca8", "#d1782a", "#4c9a52", "#8a5aa8", "#a8443c", "#777777"};

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '&': safe += "&amp;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string number(double value) {
  if (value >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.3g}k", value / 1e3);
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

// From values to heights, over a range that is round.
class Axis {
 public:
  explicit Axis(const Chart& chart) : logarithmic_(chart.scale == Scale::Logarithmic) {
    double most = 0;
    double least = 1e300;
    for (const Series& s : chart.series) {
      for (const double v : s.values) {
        if (v > 0) least = std::min(least, v);
        most = std::max(most, v);
      }
    }
    if (most <= 0) most = least = 1;
    if (logarithmic_) {
      low_ = std::pow(10, std::floor(std::log10(least)));
      high_ = std::max(std::pow(10, std::ceil(std::log10(most))), low_ * 10);
    } else {
      const double step = std::pow(10, std::floor(std::log10(most)));
      high_ = std::ceil(most / step * 2) * step / 2;
    }
  }

  double height(double value) const {
    if (value <= 0) return 0;
    const double share = logarithmic_ ? std::log(value / low_) / std::log(high_ / low_) : value / high_;
    return std::clamp(share, 0.0, 1.0) * kPlot;
  }
  double mark(int i) const {
    const double share = static_cast<double>(i) / kMarks;
    return logarithmic_ ? low_ * std::pow(high_ / low_, share) : high_ * share;
  }

 private:
  bool logarithmic_;
  double low_ = 0;
  double high_ = 1;
};

std::string text(double x, double y, const char* more, const std::string& words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, more, escaped(words));
}

// Names of groups are written upwards, at 40 degrees, towards the middle of their group.
constexpr double kAcross = 0.77;  // cosine
constexpr double kDown = 0.64;    // sine

double roomLeft(const Chart& chart) {
  const double first = chart.groups.empty() ? 0 : static_cast<double>(chart.groups.front().size());
  return std::max(kLeastLeft, first * kLetter * kAcross);
}

double roomBelow(const Chart& chart) {
  std::size_t longest = 0;
  for (const std::string& group : chart.groups) longest = std::max(longest, group.size());
  return 30 + static_cast<double>(longest) * kLetter * kDown;
}

double entryWidth(const Series& series) {
  return 34 + (kLetter + 1) * static_cast<double>(series.name.size());
}

double legendWidth(const Chart& chart) {
  double width = 0;
  for (const Series& s : chart.series) width += entryWidth(s);
  return width;
}

std::string legend(const Chart& chart, double x) {
  std::string svg;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const char* colour = kColours[i % std::size(kColours)];
    svg += fmt::format("<rect x=\"{:.1f}\" y=\"30\" width=\"10\" height=\"10\" fill=\"{}\"/>\n", x, colour);
    svg += text(x + 14, 39, "", chart.series[i].name);
    x += entryWidth(chart.series[i]);
  }
  return svg;
}

}  // namespace

std::string toSvg(const Chart& chart) {
  const Axis axis(chart);
  const double left = roomLeft(chart);
  const double group = kBar * static_cast<double>(chart.series.size()) + kBetweenGroups;
  const double inner = std::max(group * static_cast<double>(chart.groups.size()), 320.0);
  const double width = std::max(left + inner, left + legendWidth(chart)) + kRight;
  const double floor = kTop + kPlot;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, floor + roomBelow(chart));
  svg += text(left, 20, "font-size=\"14\" font-weight=\"bold\"",
              fmt::format("{} ({})", chart.title, chart.unit));
  svg += legend(chart, left);
  for (int i = 0; i <= kMarks; ++i) {
    const double y = floor - kPlot * i / kMarks;
    svg += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" "
                       "stroke=\"#ddd\"/>\n", left, y, left + inner, y);
    svg += text(left - 6, y + 4, "text-anchor=\"end\"", number(axis.mark(i)));
  }
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    const double x = left + kBetweenGroups / 2 + group * static_cast<double>(g);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const double value = g < chart.series[s].values.size() ? chart.series[s].values[g] : -1;
      if (value < 0) continue;
      const double height = std::max(axis.height(value), 1.0);
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                         "fill=\"{}\"><title>{}</title></rect>\n",
                         x + kBar * static_cast<double>(s), floor - height, kBar - 2, height,
                         kColours[s % std::size(kColours)],
                         escaped(fmt::format("{}, {}: {}", chart.groups[g], chart.series[s].name,
                                             number(value))));
    }
    const double middle = x + (group - kBetweenGroups) / 2;
    svg += fmt::format("<text transform=\"translate({:.1f},{:.1f}) rotate(-40)\" "
                       "text-anchor=\"end\">{}</text>\n", middle, floor + 14, escaped(chart.groups[g]));
  }
  return svg + "</svg>\n";
}

}  // namespace lucarne::bench
