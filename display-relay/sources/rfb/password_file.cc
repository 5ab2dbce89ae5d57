// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/password_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/unique_fd.h"

namespace lucarne::relay::rfb {

namespace {
constexpr std::size_t kMaxPasswordBytes = 256;  // VNC authentication looks at eight
}

base::Result<std::string> readPassword(const std::string& path, const base::Log& log) {
  // Non-blocking, so that a FIFO by mistake is an empty file and not a hang.
  const auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  std::array<char, kMaxPasswordBytes> bytes{};
  ssize_t count = -1;
  if (fd && ::fstat(fd.get(), &status) == 0) count = ::read(fd.get(), bytes.data(), bytes.size());
  if (count < 0) {
    return base::unexpected(fmt::format("password file {}: {}", path, std::strerror(errno)));
  }
  if (status.st_mode & (S_IRGRP | S_IROTH)) {
    log.warning("password file {}: others can read it; chmod 600 keeps it yours", path);
  }
  const auto* end = bytes.data() + count;
  const auto* lineEnd = std::find_if(bytes.data(), const_cast<char*>(end),
                                     [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
  std::string password(static_cast<const char*>(bytes.data()), lineEnd);
  if (password.empty()) {
    return base::unexpected(fmt::format("password file {}: its first line is empty", path));
  }
  return password;
}

}  // namespace lucarne::relay::rfb
