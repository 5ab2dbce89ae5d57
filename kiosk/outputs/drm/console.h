// SPDX-License-Identifier: Apache-2.0
// The text console that the panel belongs to when nobody paints on it.
//
// Facts from console_ioctl(2) and ioctl_kd: K_OFF keeps keys from the console's login shell (which
// would otherwise be typed into unseen), KD_GRAPHICS keeps the console from painting.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace lucarne::kiosk {

/// Silences the active console while it lives. Where there is none, or no right to it, does nothing.
class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// "console silenced", or why it could not be.
  const std::string& words() const { return words_; }

 private:
  base::UniqueFd tty_;
  long keyboardMode_ = 0;
  std::string words_;
};

}  // namespace lucarne::kiosk
