// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/drm/console.h"

#include <fcntl.h>
#include <linux/kd.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lucarne::kiosk {

namespace {
constexpr const char* kActiveConsole = "/dev/tty0";
}

Console::Console()
    : tty_(base::UniqueFd::adopt(::open(kActiveConsole, O_RDWR | O_NOCTTY | O_CLOEXEC))) {
  if (!tty_) {
    words_ = fmt::format("console left alone: {}: {}", kActiveConsole, std::strerror(errno));
    return;
  }
  if (::ioctl(tty_.get(), KDGKBMODE, &keyboardMode_) != 0 ||
      ::ioctl(tty_.get(), KDSKBMODE, K_OFF) != 0) {
    words_ = fmt::format("console left alone: {}", std::strerror(errno));
    tty_.reset();
    return;
  }
  // A kiosk that was killed left it off; nobody wants that back.
  if (keyboardMode_ == K_OFF) keyboardMode_ = K_UNICODE;
  ::ioctl(tty_.get(), KDSETMODE, KD_GRAPHICS);
  words_ = "console silenced";
}

Console::~Console() {
  if (!tty_) return;
  ::ioctl(tty_.get(), KDSETMODE, KD_TEXT);
  ::ioctl(tty_.get(), KDSKBMODE, keyboardMode_);
}

}  // namespace lucarne::kiosk
