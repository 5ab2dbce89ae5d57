// SPDX-License-Identifier: Apache-2.0
#include "surface/mapped_picture.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lucarne::surface {

namespace {

// Nothing here can block or fail later: not a pipe, a device, a file on a slow file system, or
// memory that may be taken away again.
base::Result<void> checkSealed(const base::UniqueFd& untrustedFd, std::size_t bytes) {
  const int seals = ::fcntl(untrustedFd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return base::unexpected("the memory is not sealed against shrinking");
  }
  struct statfs system {};
  if (::fstatfs(untrustedFd.get(), &system) < 0 ||
      static_cast<unsigned long>(system.f_type) != TMPFS_MAGIC) {
    return base::unexpected("the memory is not an ordinary memfd");
  }
  struct stat info {};
  if (::fstat(untrustedFd.get(), &info) < 0 || !S_ISREG(info.st_mode) || info.st_size < 0 ||
      static_cast<std::uint64_t>(info.st_size) < bytes) {
    return base::unexpected("the memory is smaller than the picture");
  }
  return {};
}

}  // namespace

base::Result<std::shared_ptr<const MappedPicture>> MappedPicture::create(
    base::UniqueFd untrustedFd, Size size, std::uint32_t strideBytes) {
  const std::size_t bytes = pictureBytes(size, strideBytes);
  if (bytes == 0 || strideBytes % sizeof(Pixel) != 0) {
    return base::unexpected("impossible size or stride");
  }
  if (auto sealed = checkSealed(untrustedFd, bytes); !sealed) {
    return base::unexpected(sealed.error().message);
  }
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, untrustedFd.get(), 0);
  if (memory == MAP_FAILED) {
    return base::unexpected(fmt::format("map {} bytes: {}", bytes, std::strerror(errno)));
  }
  const ConstFrame frame{static_cast<const Pixel*>(memory), size, static_cast<int>(strideBytes)};
  return std::shared_ptr<const MappedPicture>(new MappedPicture(frame, bytes));
}

MappedPicture::~MappedPicture() { ::munmap(const_cast<Pixel*>(frame_.pixels), bytes_); }

base::Result<std::vector<Pixel>> copySealedPixels(const base::UniqueFd& untrustedFd,
                                                  std::size_t count) {
  const std::size_t bytes = count * sizeof(Pixel);
  if (auto sealed = checkSealed(untrustedFd, bytes); !sealed) {
    return base::unexpected(sealed.error().message);
  }
  std::vector<Pixel> pixels(count);
  const ssize_t got = ::pread(untrustedFd.get(), pixels.data(), bytes, 0);
  if (got != static_cast<ssize_t>(bytes)) return base::unexpected("the memory could not be read");
  return pixels;
}

}  // namespace lucarne::surface
