// SPDX-License-Identifier: Apache-2.0
// Words from a server, made fit for a person's eyes.
#pragma once

#include <string>
#include <string_view>

#include "base/byte_reader.h"
#include "surface/text.h"

namespace lucarne::relay::rfb {

/// No name or reason is longer than this many bytes; what follows is cut.
inline constexpr std::size_t kMaxTextBytes = 256;

inline std::string printable(base::Bytes untrustedText) {
  const std::string_view text(reinterpret_cast<const char*>(untrustedText.data()),
                              untrustedText.size());
  return surface::cleanText(surface::cutText(text, kMaxTextBytes));
}

/// Clipboards travel in Latin-1 (RFC 6143, 7.5.6), which is the first 256 characters of Unicode.
inline std::string fromLatin1(base::Bytes untrustedText) {
  std::string text;
  for (const std::uint8_t c : untrustedText) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += static_cast<char>(0xc0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return text;
}

/// `text` is UTF-8; a '?' for what Latin-1 does not have.
inline std::string toLatin1(std::string_view text) {
  std::string latin1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if ((lead & 0xc0) == 0x80) continue;  // the rest of a character
    const bool two = lead == 0xc2 || lead == 0xc3;  // 80 to ff
    if (lead < 0x80) {
      latin1 += text[i];
    } else if (two && i + 1 < text.size()) {
      latin1 += static_cast<char>((lead & 3) << 6 | (text[i + 1] & 0x3f));
    } else {
      latin1 += '?';
    }
  }
  return latin1;
}

}  // namespace lucarne::relay::rfb
