// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/shared_picture.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace lucarne::relay {

namespace {

constexpr std::uint64_t kLinear = 0;  // DRM_FORMAT_MOD_LINEAR
constexpr std::int64_t kMaxStrideBytes = 1 << 20;
constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 32;
// Read at a time: a few rows, that stay in a processor's cache on their way.
constexpr std::int64_t kReadBytes = 64 * 1024;

constexpr std::uint32_t fourcc(char a, char b, char c, char d) {
  return static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b) << 8 |
         static_cast<std::uint32_t>(c) << 16 | static_cast<std::uint32_t>(d) << 24;
}

// 0 for a format that we do not know.
std::uint32_t pixmanOf(std::uint32_t drmFormat) {
  switch (drmFormat) {
    case fourcc('X', 'R', '2', '4'):
    case fourcc('A', 'R', '2', '4'):
      return kPixmanX8R8G8B8;
    case fourcc('X', 'B', '2', '4'):
    case fourcc('A', 'B', '2', '4'):
      return kPixmanX8B8G8R8;
    case fourcc('R', 'G', '1', '6'):
      return kPixmanR5G6B5;
    default:
      return 0;
  }
}

// Tells the exporter that the CPU reads (linux/dma-buf.h). Failure costs freshness, not safety.
int syncDmabuf(const base::UniqueFd& fd, std::uint64_t flags) {
  dma_buf_sync sync{flags | DMA_BUF_SYNC_READ};
  int answer = 0;
  do {
    answer = ::ioctl(fd.get(), DMA_BUF_IOCTL_SYNC, &sync);
  } while (answer < 0 && errno == EINTR);
  return answer;
}

}  // namespace

base::Result<std::uint64_t> SharedPicture::extentOf(const base::UniqueFd& fd, std::uint64_t offset,
                                                    const UntrustedPicture& picture) {
  // The claimed extent, before anything is mapped; the pixels are checked against it.
  if (!surface::isAcceptable(picture.width, picture.height) || picture.strideBytes <= 0 ||
      picture.strideBytes > kMaxStrideBytes || offset > kMaxOffset) {
    return base::unexpected("shared memory of an impossible shape");
  }
  const std::uint64_t extent = offset + static_cast<std::uint64_t>(picture.strideBytes) *
                                            static_cast<std::uint64_t>(picture.height);
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);  // works on memfds and on dma-bufs
  if (size < 0 || static_cast<std::uint64_t>(size) < extent) {
    return base::unexpected("shared memory that is smaller than its picture");
  }
  return extent;
}

base::Result<void> SharedPicture::map(base::UniqueFd fd, std::uint64_t offset,
                                      UntrustedPicture picture) {
  const auto claimed = extentOf(fd, offset, picture);
  if (!claimed) return base::unexpected(claimed.error().message);
  const std::uint64_t extent = *claimed;
  void* memory = ::mmap(nullptr, extent, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) {
    return base::unexpected(fmt::format("cannot map the picture: {}", std::strerror(errno)));
  }
  fd_ = std::move(fd);
  memory_ = memory;
  bytes_ = extent;
  picture.pixels = {static_cast<const std::uint8_t*>(memory) + offset, extent - offset};
  picture_ = picture;
  if (auto checked = check(picture); !checked) {
    forget();
    return checked;
  }
  return {};
}

base::Result<void> SharedPicture::adoptMemory(base::UniqueFd memory, std::uint64_t offset,
                                              UntrustedPicture picture) {
  forget();
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0) return base::unexpected("a descriptor that is no shared memory");
  // Unlike a dma-buf, a memfd can be cut short under one who has mapped it, and who then dies of SIGBUS.
  if ((seals & F_SEAL_SHRINK) == 0) {
    const auto extent = extentOf(memory, offset, picture);
    if (!extent) return base::unexpected(extent.error().message);
    if (auto checked = checkShape(picture, *extent - offset); !checked) return checked;
    const std::int64_t rows = std::clamp<std::int64_t>(kReadBytes / picture.strideBytes, 1, picture.height);
    rows_.resize(static_cast<std::size_t>(rows * picture.strideBytes));
    fd_ = std::move(memory);
    picture_ = picture;
    offset_ = offset;
    kind_ = Kind::File;
    return {};
  }
  if (auto mapped = map(std::move(memory), offset, picture); !mapped) return mapped;
  kind_ = Kind::Memory;
  return {};
}

base::Result<void> SharedPicture::adoptDmabuf(base::UniqueFd buffer, std::uint32_t drmFormat,
                                              std::uint64_t modifier, bool bottomUp,
                                              UntrustedPicture picture, std::uint64_t offset) {
  forget();
  if (modifier != kLinear && modifier != kModifierUnsaid) {
    return base::unexpected(fmt::format("a dma-buf with tiled pixels (modifier {:#x}); start QEMU "
                                        "without gl=on", modifier));
  }
  if (syncDmabuf(buffer, DMA_BUF_SYNC_START) < 0 && errno == ENOTTY) {
    return base::unexpected("a descriptor that is no dma-buf");
  }
  syncDmabuf(buffer, DMA_BUF_SYNC_END);
  picture.format = pixmanOf(drmFormat);
  if (auto mapped = map(std::move(buffer), offset, picture); !mapped) return mapped;
  kind_ = Kind::Dmabuf;
  bottomUp_ = bottomUp;
  return {};
}

void SharedPicture::forget() {
  if (memory_) ::munmap(memory_, bytes_);
  memory_ = nullptr;
  fd_.reset();
  rows_ = {};
  kind_ = Kind::None;
  bottomUp_ = false;
}

surface::Size SharedPicture::size() const {
  if (kind_ == Kind::None) return {};
  return {static_cast<int>(picture_.width), static_cast<int>(picture_.height)};
}

std::string_view SharedPicture::words() const {
  switch (kind_) {
    case Kind::Memory:
      return "shared memory, mapped and copied";
    case Kind::File:
      return "shared memory, read";
    case Kind::Dmabuf:
      return "dma-buf copy";
    case Kind::None:
      break;
  }
  return "";
}

void SharedPicture::readAndPaint(const surface::Rect& part, surface::Frame frame) {
  const std::int64_t stride = picture_.strideBytes;
  const int most = static_cast<int>(static_cast<std::int64_t>(rows_.size()) / stride);
  for (int y = part.y; y < part.bottom();) {
    const std::int64_t wanted = stride * std::min(most, part.bottom() - y);
    const ssize_t got = ::pread(fd_.get(), rows_.data(), static_cast<std::size_t>(wanted),
                                static_cast<off_t>(offset_) + stride * y);
    const int whole = static_cast<int>(got / stride);
    if (whole <= 0) return;
    UntrustedPicture some = picture_;
    some.height = whole;
    some.pixels = rows_;
    relay::paint(some, {part.x, 0, part.width, whole}, frame, {part.x, y});
    y += whole;
  }
}

void SharedPicture::paint(const surface::Rect& part, surface::Frame frame) {
  if (kind_ == Kind::File) return readAndPaint(part, frame);
  if (kind_ == Kind::Dmabuf) syncDmabuf(fd_, DMA_BUF_SYNC_START);
  if (bottomUp_) {
    const int height = static_cast<int>(picture_.height);
    for (int y = part.y; y < part.bottom(); ++y) {
      relay::paint(picture_, {part.x, height - 1 - y, part.width, 1}, frame, {part.x, y});
    }
  } else {
    relay::paint(picture_, part, frame, {part.x, part.y});
  }
  if (kind_ == Kind::Dmabuf) syncDmabuf(fd_, DMA_BUF_SYNC_END);
}

}  // namespace lucarne::relay
