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

}  // namespace lucarne::relay::rfb
