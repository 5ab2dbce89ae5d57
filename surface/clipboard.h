// SPDX-License-Identifier: Apache-2.0
// Text that a person copies in one place and pastes in another, and which way it may go.
//
// A clipboard can hold a password, and a guest is not trusted: nothing passes unless the configuration
// says so, at each end that can refuse (the relay's and the kiosk's --clipboard).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lucarne::surface {

/// A long page of text. What is longer does not pass at all: half a text would be a trap.
inline constexpr std::size_t kMaxClipboardBytes = 64 * 1024;

/// Whether it may pass: UTF-8 without zero bytes, neither empty nor too long.
bool isClipboardText(std::string_view untrusted);

/// Text as VNC servers and SPICE agents pass it, in our form: up to the first zero byte, with the line
/// ends of Windows (CR LF) as LF. What comes out still has to be isClipboardText.
std::string plainClipboardText(std::string_view untrusted);

enum class ClipboardWays : std::uint8_t { None = 0, GuestToKiosk = 1, KioskToGuest = 2, Both = 3 };

inline bool mayPass(ClipboardWays allowed, ClipboardWays way) {
  return (static_cast<unsigned>(allowed) & static_cast<unsigned>(way)) != 0;
}

/// "none", "guest-to-kiosk", "kiosk-to-guest", "both". Throws UsageError.
ClipboardWays parseClipboardWays(std::string_view text);

}  // namespace lucarne::surface
