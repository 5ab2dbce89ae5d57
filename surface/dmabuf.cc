// SPDX-License-Identifier: Apache-2.0
#include "surface/dmabuf.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "base/c_handle.h"
#include "surface/frame.h"

namespace lucarne::surface {

namespace {

using base::Result;
using base::unexpected;

constexpr std::uint32_t kMaxStrideBytes = 1 << 20;

constexpr std::uint32_t fourcc(char a, char b, char c, char d) {
  return static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b) << 8 |
         static_cast<std::uint32_t>(c) << 16 | static_cast<std::uint32_t>(d) << 24;
}

bool isInRows(const DmabufFormat& format) {
  return format.modifier == kModifierLinear || format.modifier == kModifierUnsaid;
}

// Only the kernel's dma-buf code writes "exp_name" there, and asking it never enters a file system.
bool isDmabuf(const base::UniqueFd& fd) {
  const base::CHandle<std::FILE, std::fclose> info(
      std::fopen(fmt::format("/proc/self/fdinfo/{}", fd.get()).c_str(), "re"));
  if (!info) return false;
  char line[256];
  while (std::fgets(line, sizeof line, info.get())) {
    if (std::strncmp(line, "exp_name:", 9) == 0) return true;
  }
  return false;
}

// The bytes that the rows of one plane take, from the buffer's beginning. Planes after the first
// describe what is compressed, and their rows are of unknown length.
std::uint64_t extentOf(const DmabufLayout& layout, std::size_t index) {
  const DmabufPlane& plane = layout.planes[index];
  if (index > 0) return std::uint64_t{plane.offset} + 1;
  const auto rows = static_cast<std::uint64_t>(layout.buffer.height - 1);
  const auto row = isInRows(layout.format) ? static_cast<std::uint64_t>(layout.buffer.width) *
                                                 static_cast<std::uint64_t>(
                                                     pixelBytesOf(layout.format.fourcc))
                                           : 1;
  return plane.offset + rows * plane.strideBytes + row;
}

}  // namespace

const std::vector<std::uint32_t>& shownFourccs() {
  static const std::vector<std::uint32_t> all = {
      fourcc('X', 'R', '2', '4'), fourcc('A', 'R', '2', '4'), fourcc('X', 'B', '2', '4'),
      fourcc('A', 'B', '2', '4'), fourcc('R', 'G', '1', '6')};
  return all;
}

int pixelBytesOf(std::uint32_t code) {
  if (code == fourcc('R', 'G', '1', '6')) return 2;
  const auto& all = shownFourccs();
  return std::find(all.begin(), all.end(), code) != all.end() ? 4 : 0;
}

Result<void> checkLayout(const DmabufLayout& untrusted) {
  const int pixelBytes = pixelBytesOf(untrusted.format.fourcc);
  if (pixelBytes == 0) return unexpected("a dma-buf of a format that is not shown");
  const Size size = untrusted.buffer;
  if (!isAcceptable(size.width, size.height)) return unexpected("a dma-buf of an impossible size");
  const Rect& picture = untrusted.picture;
  if (picture.empty() || !Rect::of(size).contains(picture)) {
    return unexpected("a picture that is not within its dma-buf");
  }
  const std::size_t planes = untrusted.planes.size();
  if (planes == 0 || planes > kMaxPlanes || (planes > 1 && isInRows(untrusted.format))) {
    return unexpected(fmt::format("a dma-buf of {} planes", planes));
  }
  for (const DmabufPlane& plane : untrusted.planes) {
    if (plane.strideBytes > kMaxStrideBytes) return unexpected("a dma-buf with endless rows");
  }
  const std::uint32_t stride = untrusted.planes[0].strideBytes;
  if (stride == 0 || (isInRows(untrusted.format) &&
                      stride < static_cast<std::uint32_t>(size.width * pixelBytes))) {
    return unexpected("a dma-buf whose rows overlap");
  }
  return {};
}

Result<std::uint64_t> dmabufSize(const base::UniqueFd& untrustedFd) {
  if (!isDmabuf(untrustedFd)) return unexpected("a descriptor that is no dma-buf");
  const off_t size = ::lseek(untrustedFd.get(), 0, SEEK_END);
  if (size < 0) return unexpected(fmt::format("a dma-buf without a size: {}", std::strerror(errno)));
  return static_cast<std::uint64_t>(size);
}

Result<void> checkDmabuf(const Dmabuf& untrusted, const DmabufSize& sizeOf) {
  if (auto sane = checkLayout(untrusted.layout); !sane) return sane;
  if (untrusted.fds.size() != untrusted.layout.planes.size()) {
    return unexpected("a dma-buf without all its planes");
  }
  for (std::size_t i = 0; i < untrusted.fds.size(); ++i) {
    const auto size = sizeOf(untrusted.fds[i]);
    if (!size) return unexpected(size.error().message);
    if (*size < extentOf(untrusted.layout, i)) {
      return unexpected("a dma-buf that is smaller than its picture");
    }
  }
  return {};
}

bool isSameBuffer(const Dmabuf& a, const Dmabuf& b) {
  if (a.layout != b.layout || a.fds.size() != b.fds.size()) return false;
  for (std::size_t i = 0; i < a.fds.size(); ++i) {
    struct stat one {};
    struct stat other {};
    if (::fstat(a.fds[i].get(), &one) < 0 || ::fstat(b.fds[i].get(), &other) < 0) return false;
    if (one.st_dev != other.st_dev || one.st_ino != other.st_ino) return false;
  }
  return true;
}

bool canRead(const std::vector<DmabufFormat>& formats, const DmabufFormat& format) {
  const auto has = [&](std::uint64_t modifier) {
    return std::find(formats.begin(), formats.end(), DmabufFormat{format.fourcc, modifier}) !=
           formats.end();
  };
  return has(format.modifier) || (format.modifier == kModifierLinear && has(kModifierUnsaid));
}

}  // namespace lucarne::surface
