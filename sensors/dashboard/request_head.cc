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

bool isHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// Path and query of our own addresses and of what a browser may make of them.
bool isTarget(std::string_view text) {
  constexpr std::string_view kSigns = "/_.,:;&=?+~-!*@";
  if (!text.starts_with('/') || text.starts_with("//")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) return false;
      // NUL and bytes beyond ASCII: nothing of ours has them.
      if ((text[i + 1] == '0' && text[i + 2] == '0') || text[i + 1] >= '8') return false;
      continue;
    }
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && kSigns.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// NAME, ADDRESS or [V6], with or without a port.
bool isHost(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
  } else {
    const auto end = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, end);
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](unsigned char c) {
          return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
        })) {
      return false;
    }
    text.remove_prefix(end);
    if (text.empty()) return true;
  }
  return text.size() >= 2 && text.size() <= 6 && text.front() == ':' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

bool isLength(std::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool isNamed(std::string_view name, std::string_view small) {
  return name.size() == small.size() &&
         std::equal(name.begin(), name.end(), small.begin(), [](unsigned char a, char b) {
           return std::tolower(a) == b;
         });
}

// Which of the headers that decide how a request is read have been there.
struct Seen {
  int hosts = 0;
  int lengths = 0;
};

bool isRequestLine(std::string_view line) {
  const auto space = line.find(' ');
  const auto last = line.rfind(' ');
  if (space == std::string_view::npos || last <= space) return false;
  const std::string_view target = line.substr(space + 1, last - space - 1);
  const std::string_view version = line.substr(last + 1);
  return isToken(line.substr(0, space)) && isTarget(target) &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool isHeader(std::string_view line, Seen& seen) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (isNamed(name, "host") && (!isHost(value) || ++seen.hosts > 1)) return false;
  if (isNamed(name, "content-length") && (!isLength(value) || ++seen.lengths > 1)) return false;
  if (isNamed(name, "transfer-encoding") || isNamed(name, "expect")) return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

}  // namespace

HeadState checkRequestHead(std::string_view untrusted) {
  bool first = true;
  Seen seen;
  for (std::size_t at = 0;;) {
    const auto end = untrusted.find("\r\n", at);
    if (end == std::string_view::npos || end + 2 > kMaxRequestHead) {
      return untrusted.size() >= kMaxRequestHead ? HeadState::Bad : HeadState::Incomplete;
    }
    const std::string_view line = untrusted.substr(at, end - at);
    if (line.empty()) return seen.hosts == 1 ? HeadState::Good : HeadState::Bad;
    if (!(first ? isRequestLine(line) : isHeader(line, seen))) return HeadState::Bad;
    first = false;
    at = end + 2;
  }
}

}  // namespace lucarne::sensors
