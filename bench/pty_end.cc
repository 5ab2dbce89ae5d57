// SPDX-License-Identifier: Apache-2.0
#include "bench/pty_end.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/result.h"

namespace lucarne::bench {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw base::SetupError(fmt::format("{}: {}", what, std::strerror(errno)));
}

std::string farName(const base::UniqueFd& near) {
  std::array<char, 64> name{};
  if (::grantpt(near.get()) < 0 || ::unlockpt(near.get()) < 0 ||
      ::ptsname_r(near.get(), name.data(), name.size()) != 0) {
    refuse("unlock a pseudo terminal");
  }
  return name.data();
}

void makeRaw(const base::UniqueFd& fd) {
  termios settings{};
  if (::tcgetattr(fd.get(), &settings) < 0) refuse("read terminal settings");
  ::cfmakeraw(&settings);
  if (::tcsetattr(fd.get(), TCSANOW, &settings) < 0) refuse("set a terminal raw");
}

}  // namespace

PtyEnd::PtyEnd(const std::string& path, PtyMode mode)
    : path_(path), near_(base::UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))) {
  if (!near_) refuse("open a pseudo terminal");
  base::setNonBlocking(near_);
  const std::string name = farName(near_);
  far_ = base::UniqueFd::adopt(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!far_) refuse("open " + name);
  if (mode == PtyMode::Raw) makeRaw(far_);
  struct stat there {};
  if (::lstat(path_.c_str(), &there) == 0 && S_ISLNK(there.st_mode)) ::unlink(path_.c_str());
  if (::symlink(name.c_str(), path_.c_str()) < 0) refuse("link " + path_ + " to " + name);
}

PtyEnd::~PtyEnd() { ::unlink(path_.c_str()); }

}  // namespace lucarne::bench
