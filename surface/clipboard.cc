// SPDX-License-Identifier: Apache-2.0
#include "surface/clipboard.h"

#include "base/result.h"
#include "surface/text.h"

namespace lucarne::surface {

bool isClipboardText(std::string_view untrusted) {
  return !untrusted.empty() && untrusted.size() <= kMaxClipboardBytes &&
         untrusted.find('\0') == std::string_view::npos && isUtf8(untrusted);
}

std::string plainClipboardText(std::string_view untrusted) {
  untrusted = untrusted.substr(0, untrusted.find('\0'));
  std::string text;
  for (std::size_t i = 0; i < untrusted.size(); ++i) {
    if (!untrusted.substr(i).starts_with("\r\n")) text += untrusted[i];
  }
  return text;
}

ClipboardWays parseClipboardWays(std::string_view text) {
  if (text == "none") return ClipboardWays::None;
  if (text == "guest-to-kiosk") return ClipboardWays::GuestToKiosk;
  if (text == "kiosk-to-guest") return ClipboardWays::KioskToGuest;
  if (text == "both") return ClipboardWays::Both;
  throw base::UsageError("--clipboard " + std::string(text) +
                         ": give none, guest-to-kiosk, kiosk-to-guest or both");
}

}  // namespace lucarne::surface
