// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/request_head.h"

#include <algorithm>
#include <cctype>

namespace lucarne::sensors {

namespace {

bool isToken(std::string_view text) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kSigns.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool isRequestLine(std::string_view line) {
  const auto space = line.find(' ');
  const auto last = line.rfind(' ');
  if (space == std::string_view::npos || last <= space) return false;
  const std::string_view target = line.substr(space + 1, last - space - 1);
  const std::string_view version = line.substr(last + 1);
  return isToken(line.substr(0, space)) && target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; }) &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool isHeader(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) return false;
  const std::string_view value = line.substr(colon + 1);
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

}  // namespace

HeadState checkRequestHead(std::string_view untrusted) {
  bool first = true;
  for (std::size_t at = 0;;) {
    const auto end = untrusted.find("\r\n", at);
    if (end == std::string_view::npos || end + 2 > kMaxRequestHead) {
      return untrusted.size() >= kMaxRequestHead ? HeadState::Bad : HeadState::Incomplete;
    }
    const std::string_view line = untrusted.substr(at, end - at);
    if (line.empty()) return first ? HeadState::Bad : HeadState::Good;
    if (!(first ? isRequestLine(line) : isHeader(line))) return HeadState::Bad;
    first = false;
    at = end + 2;
  }
}

}  // namespace lucarne::sensors
