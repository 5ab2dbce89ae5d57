// SPDX-License-Identifier: Apache-2.0
#include "surface/text.h"

#include <cstdint>

namespace lucarne::surface {

namespace {

constexpr std::uint32_t kInvalid = 0xffffffff;

struct Character {
  std::uint32_t code;  // kInvalid: one byte that begins no character
  std::size_t bytes;
};

bool isContinuation(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80; }

// RFC 3629: no overlong forms, no surrogates, nothing above 10FFFF.
Character firstCharacter(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {kInvalid, 1};
  std::uint32_t code = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!isContinuation(text[i])) return {kInvalid, 1};
    code = code << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3fu);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[bytes] || surrogate || code > 0x10ffff) return {kInvalid, 1};
  return {code, bytes};
}

bool isShowable(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool lineBreak = code == 0x2028 || code == 0x2029;
  const bool direction = code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069) || code == 0x061c;
  return code != kInvalid && !control && !lineBreak && !direction;
}

}  // namespace

std::string cleanText(std::string_view untrusted) {
  std::string clean;
  clean.reserve(untrusted.size());
  while (!untrusted.empty()) {
    const Character c = firstCharacter(untrusted);
    if (isShowable(c.code)) {
      clean.append(untrusted.substr(0, c.bytes));
    } else {
      clean.push_back('?');
    }
    untrusted.remove_prefix(c.bytes);
  }
  return clean;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    const Character c = firstCharacter(text);
    if (c.code == kInvalid) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

std::string_view cutText(std::string_view text, std::size_t maxBytes) {
  if (text.size() <= maxBytes) return text;
  std::size_t end = maxBytes;
  while (end > 0 && maxBytes - end < 4 && isContinuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace lucarne::surface
