// SPDX-License-Identifier: Apache-2.0
// Bars in SVG, for reports: no library, no script, readable in any browser.
#pragma once

#include <string>
#include <vector>

namespace lucarne::bench {

enum class Scale { Linear, Logarithmic };

struct Series {
  std::string name;
  std::vector<double> values;  ///< one per group; negative: none
};

/// Groups of bars, one bar a series.
struct Chart {
  std::string title;
  std::string unit;
  Scale scale = Scale::Linear;
  std::vector<std::string> groups;
  std::vector<Series> series;
};

/// A whole SVG document. Names may hold any text: it is escaped.
std::string toSvg(const Chart& chart);

}  // namespace lucarne::bench
