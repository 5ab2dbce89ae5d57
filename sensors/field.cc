// SPDX-License-Identifier: Apache-2.0
#include "sensors/field.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lucarne::sensors {

namespace {

int decimals(double resolution) {
  int count = 0;
  while (resolution < 0.999 && count < 6) {
    resolution *= 10;
    ++count;
  }
  return count;
}

}  // namespace

bool isNews(const Field& field, const Value& last, const Value& now) {
  if (!last.number() || !now.number()) return !(last == now);
  const double change = std::abs(*now.number() - *last.number());
  const double band = std::max(field.deadBand, field.deadBandRatio * std::abs(*last.number()));
  return change > 0 && change >= band;
}

double rounded(const Field& field, double number) {
  // Dividing by a whole number gives the double nearest to the decimal fraction; multiplying by
  // 0.01 does not.
  const double steps = std::round(1 / field.resolution);
  return steps >= 1 ? std::round(number * steps) / steps
                    : std::round(number / field.resolution) * field.resolution;
}

std::string valueText(const Field& field, const Value& value) {
  if (const double* number = value.number()) {
    const double shown = rounded(field, *number);
    return fmt::format("{:.{}f}", shown == 0 ? 0 : shown, decimals(field.resolution));
  }
  if (const bool* flag = value.flag()) return *flag ? "1" : "0";
  if (const std::string* word = value.word()) return *word;
  return value.unknown() ? "unknown" : "";
}

}  // namespace lucarne::sensors
