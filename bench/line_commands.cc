// SPDX-License-Identifier: Apache-2.0
#include "bench/line_commands.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "base/result.h"

namespace lucarne::bench {

namespace {

constexpr const char* kOk = "{\"ok\":true}";

std::string refusal(const char* why) { return fmt::format("{{\"error\":\"{}\"}}", why); }

template <typename Number>
bool parseNumber(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end;
}

std::string obeyInject(Line& line, const std::string& way, const std::string& countText) {
  std::size_t count = 0;
  if (way != "forward" && way != "backward") return refusal("inject forward or backward");
  if (!parseNumber(countText, count) || count > kLargestInjection) {
    return refusal("inject at most 1048576 bytes");
  }
  line.inject(way == "forward" ? Way::Forward : Way::Backward, count);
  return kOk;
}

std::string obeyErrors(Line& line, const std::string& rateText) {
  double rate = 0;
  if (!parseNumber(rateText, rate) || !(rate >= 0 && rate <= 1)) {
    return refusal("a bit error rate is between 0 and 1");
  }
  line.setBitErrorRate(rate);
  return kOk;
}

std::string obeyRate(Line& line, const std::string& rateText) {
  try {
    line.setRate(parseRate(rateText));
  } catch (const base::UsageError&) {
    return refusal("a rate is like 5M, 300k, 2000 or 115200baud");
  }
  return kOk;
}

std::string obeyStall(Line& line, const std::string& secondsText) {
  double seconds = 0;
  if (!parseNumber(secondsText, seconds) || !(seconds >= 0 && seconds <= kLongestStall)) {
    return refusal("a stall lasts 0 to 3600 seconds");
  }
  line.stall(std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds)));
  return kOk;
}

}  // namespace

std::string toJson(const LineCounts& counts) {
  return fmt::format(R"({{"forward_bytes":{},"backward_bytes":{},"bits_flipped":{}}})",
                     counts.forwardBytes, counts.backwardBytes, counts.bitsFlipped);
}

std::string obey(Line& line, std::string_view order) {
  std::istringstream words{std::string(order)};
  std::string verb, first, second, surplus;
  words >> verb >> first >> second >> surplus;
  if (verb == "stats" && first.empty()) return toJson(line.counts());
  if (verb == "inject" && surplus.empty()) return obeyInject(line, first, second);
  if (verb == "errors" && second.empty()) return obeyErrors(line, first);
  if (verb == "rate" && second.empty()) return obeyRate(line, first);
  if (verb == "stall" && second.empty()) return obeyStall(line, first);
  return refusal(
      "orders are: stats, inject forward|backward COUNT, errors RATE, rate RATE, stall SECONDS");
}

}  // namespace lucarne::bench
