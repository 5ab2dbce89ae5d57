// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/drm/console.h"

#include <fcntl.h>
#include <linux/kd.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lucarne::kiosk {

namespace {

// Our own terminal, which a service manager may have made a console; else the active one.
constexpr std::array<const char*, 2> kConsoles = {"/dev/tty", "/dev/tty0"};

}  // namespace

Console::Console() {
  for (const char* path : kConsoles) {
    tty_ = base::UniqueFd::adopt(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (tty_ && ::ioctl(tty_.get(), KDGKBMODE, &keyboardMode_) == 0 &&
        ::ioctl(tty_.get(), KDSKBMODE, K_OFF) == 0) {
      break;
    }
    words_ = fmt::format("console left alone: {}: {}", path, std::strerror(errno));
    tty_.reset();
  }
  if (!tty_) return;
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
