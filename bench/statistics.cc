// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.h"

#include <algorithm>

namespace lucarne::bench {

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(last * share + 0.5)];
}

double middleOrNever(std::vector<double> values) {
  constexpr double kNever = 1e300;
  for (double& value : values) value = value < 0 ? kNever : value;
  const double half = middle(std::move(values));
  return half >= kNever ? -1 : half;
}

}  // namespace lucarne::bench
