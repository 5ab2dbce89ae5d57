// SPDX-License-Identifier: Apache-2.0
#include "bench/line_shape.h"

#include <fmt/format.h>

#include <charconv>

#include "base/result.h"

namespace lucarne::bench {

namespace {

constexpr double kBitsPerSerialByte = 10;  // 8N1: start bit, eight bits, stop bit
constexpr double kFastest = 100e9;         // more than any memory: a slip of the finger

double unitFactor(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  if (unit == "k" || unit == "K") return 1e3;
  if (unit == "M") return 1e6;
  if (unit == "G") return 1e9;
  if (unit == "baud") return 1 / kBitsPerSerialByte;
  return 0;
}

}  // namespace

double parseRate(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const double factor = unitFactor({rest, static_cast<std::size_t>(end - rest)});
  const double rate = number * factor;
  if (error != std::errc() || factor == 0 || !(rate >= 0) || rate > kFastest) {
    throw base::UsageError(fmt::format(
        "line rate '{}' is not like 5M, 300k, 2000 (bytes a second) or 115200baud", text));
  }
  return rate;
}

}  // namespace lucarne::bench
