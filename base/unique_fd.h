// SPDX-License-Identifier: Apache-2.0
// The only owner of a file descriptor.
#pragma once

#include <cstddef>
#include <utility>

namespace lucarne::base {

/// Move-only; closes on destruction. There is no conversion to int: `get()` lends the number to a
/// system call and nothing keeps it.
class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes ownership of `fd`; -1 makes an empty one.
  static UniqueFd adopt(int fd) { return UniqueFd(fd); }

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Gives up ownership: the caller closes.
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  explicit UniqueFd(int fd) : fd_(fd) {}

  int fd_ = -1;
};

/// A second descriptor for the same open file, close-on-exec. Empty when the process has no more.
UniqueFd duplicate(const UniqueFd& fd);

/// Sets O_NONBLOCK. Throws SetupError when the descriptor is not one that can be.
void setNonBlocking(const UniqueFd& fd);

/// Anonymous memory of `bytes` bytes (memfd) that can be handed to another process. Throws
/// SetupError. Seals are the caller's: see surface::FrameBuffer.
UniqueFd createMemfd(const char* name, std::size_t bytes);

}  // namespace lucarne::base
