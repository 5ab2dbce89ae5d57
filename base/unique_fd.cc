// SPDX-License-Identifier: Apache-2.0
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::base {

void UniqueFd::reset(int fd) {
  // Linux releases the number even when close reports EINTR: never retry.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

UniqueFd duplicate(const UniqueFd& fd) {
  return UniqueFd::adopt(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

void setNonBlocking(const UniqueFd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    throw SetupError(fmt::format("set O_NONBLOCK on descriptor {}: {}", fd.get(),
                                 std::strerror(errno)));
  }
}

UniqueFd createMemfd(const char* name, std::size_t bytes) {
  auto fd = UniqueFd::adopt(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw SetupError(fmt::format("memfd_create {}: {}", name, std::strerror(errno)));
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) < 0) {
    throw SetupError(fmt::format("memfd {} of {} bytes: {}", name, bytes, std::strerror(errno)));
  }
  return fd;
}

}  // namespace lucarne::base
