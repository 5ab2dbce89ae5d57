// SPDX-License-Identifier: Apache-2.0
#include "base/runtime_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::base {

namespace {

std::string chooseDir() {
  if (const char* dir = std::getenv("LUCARNE_RUNTIME_DIR"); dir && *dir) return dir;
  if (const char* dir = std::getenv("XDG_RUNTIME_DIR"); dir && *dir) {
    return fmt::format("{}/lucarne", dir);
  }
  if (::geteuid() == 0) return "/run/lucarne";
  return fmt::format("/tmp/lucarne-{}", ::geteuid());
}

}  // namespace

std::string runtimeDir() {
  const std::string dir = chooseDir();
  if (::mkdir(dir.c_str(), 0700) < 0 && errno != EEXIST) {
    throw SetupError(fmt::format("make runtime folder {}: {}; set LUCARNE_RUNTIME_DIR", dir,
                                 std::strerror(errno)));
  }
  struct stat info {};
  if (::lstat(dir.c_str(), &info) < 0) {
    throw SetupError(fmt::format("look at runtime folder {}: {}", dir, std::strerror(errno)));
  }
  // A folder that others may write to (or that is theirs) lets them put a socket in our place.
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 0022) != 0) {
    throw SetupError(fmt::format(
        "runtime folder {} must be a folder that belongs to this user and that nobody else can "
        "write to; fix it (chmod go-w) or set LUCARNE_RUNTIME_DIR", dir));
  }
  return dir;
}

}  // namespace lucarne::base
