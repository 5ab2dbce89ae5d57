// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "display-relay/sources/qemu/display_listener.h"

namespace lucarne::relay::qemu {

namespace {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;
using surface::Size;

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
void syncDmabuf(const base::UniqueFd& fd, std::uint64_t flags) {
  dma_buf_sync sync{flags | DMA_BUF_SYNC_READ};
  while (::ioctl(fd.get(), DMA_BUF_IOCTL_SYNC, &sync) < 0 && errno == EINTR) {
  }
}

}  // namespace

base::Result<void> DisplayPainter::scanout(const UntrustedPicture& picture) {
  forgetMemory();
  if (auto checked = check(picture); !checked) return checked;
  const Size size{static_cast<int>(picture.width), static_cast<int>(picture.height)};
  screen_.resize(size);
  const auto frame = screen_.paint();
  if (!frame) {
    incomplete_ = true;
    return {};
  }
  paint(picture, Rect::of(size), *frame, {0, 0});
  screen_.damaged(Damage(Rect::of(size)));
  return {};
}

base::Result<void> DisplayPainter::update(std::int64_t x, std::int64_t y,
                                          const UntrustedPicture& part) {
  if (auto checked = check(part); !checked) return checked;
  if (!screen_.hasPicture()) {
    incomplete_ = true;
    return {};
  }
  const Rect target = surface::clampRect(x, y, part.width, part.height, screen_.size());
  if (target.pixels() != part.width * part.height) incomplete_ = true;
  if (target.empty()) return {};
  const auto frame = screen_.paint();
  if (!frame) {
    incomplete_ = true;
    return {};
  }
  const Rect source{static_cast<int>(target.x - x), static_cast<int>(target.y - y), target.width,
                    target.height};
  paint(part, source, *frame, {target.x, target.y});
  screen_.damaged(Damage(target));
  return {};
}

base::Result<void> DisplayPainter::map(base::UniqueFd fd, std::uint64_t offset,
                                       UntrustedPicture picture) {
  forgetMemory();
  // The claimed extent, before anything is mapped; the pixels are checked against it.
  if (!surface::isAcceptable(picture.width, picture.height) || picture.strideBytes <= 0 ||
      picture.strideBytes > (1 << 20) || offset > (std::uint64_t{1} << 32)) {
    return base::unexpected("shared memory of an impossible shape");
  }
  const std::uint64_t extent = offset + static_cast<std::uint64_t>(picture.strideBytes) *
                                            static_cast<std::uint64_t>(picture.height);
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);  // works on memfds and on dma-bufs
  if (size < 0 || static_cast<std::uint64_t>(size) < extent) {
    return base::unexpected("shared memory that is smaller than its picture");
  }
  void* memory = ::mmap(nullptr, extent, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) {
    return base::unexpected(fmt::format("cannot map the picture: {}", std::strerror(errno)));
  }
  memoryFd_ = std::move(fd);
  memory_ = memory;
  memoryBytes_ = extent;
  picture.pixels = {static_cast<const std::uint8_t*>(memory) + offset, extent - offset};
  memoryPicture_ = picture;
  if (auto checked = check(picture); !checked) {
    forgetMemory();
    return checked;
  }
  return {};
}

base::Result<void> DisplayPainter::scanoutMemory(base::UniqueFd memory, std::uint64_t offset,
                                                 UntrustedPicture picture) {
  // Unlike a dma-buf, a memfd can be cut short under the reader, which then dies of SIGBUS.
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return base::unexpected("shared memory that is not sealed against shrinking");
  }
  if (auto mapped = map(std::move(memory), offset, picture); !mapped) return mapped;
  screen_.resize({static_cast<int>(picture.width), static_cast<int>(picture.height)});
  paintMemory(Rect::of(screen_.size()));
  return {};
}

base::Result<void> DisplayPainter::scanoutDmabuf(base::UniqueFd buffer, std::uint32_t drmFormat,
                                                 std::uint64_t modifier, bool bottomUp,
                                                 UntrustedPicture picture) {
  constexpr std::uint64_t kLinear = 0;
  constexpr std::uint64_t kUnsaid = 0x00ffffffffffffff;  // DRM_FORMAT_MOD_INVALID
  forgetMemory();
  if (modifier != kLinear && modifier != kUnsaid) {
    return base::unexpected(fmt::format("a dma-buf with tiled pixels (modifier {:#x}); start QEMU "
                                        "without gl=on", modifier));
  }
  dma_buf_sync probe{DMA_BUF_SYNC_READ | DMA_BUF_SYNC_START};
  if (::ioctl(buffer.get(), DMA_BUF_IOCTL_SYNC, &probe) < 0 && errno == ENOTTY) {
    return base::unexpected("a descriptor that is no dma-buf");
  }
  picture.format = pixmanOf(drmFormat);
  if (auto mapped = map(std::move(buffer), 0, picture); !mapped) return mapped;
  memoryIsDmabuf_ = true;
  memoryBottomUp_ = bottomUp;
  screen_.resize({static_cast<int>(picture.width), static_cast<int>(picture.height)});
  paintMemory(Rect::of(screen_.size()));
  return {};
}

base::Result<void> DisplayPainter::updateMemory(std::int64_t x, std::int64_t y, std::int64_t width,
                                                std::int64_t height) {
  if (!memory_) return base::unexpected("an update of a picture that was never shared");
  paintMemory(surface::clampRect(x, y, width, height, screen_.size()));
  return {};
}

void DisplayPainter::paintMemory(const Rect& part) {
  if (part.empty()) return;
  const auto frame = screen_.paint();
  if (!frame) {
    incomplete_ = true;
    return;
  }
  if (memoryIsDmabuf_) syncDmabuf(memoryFd_, DMA_BUF_SYNC_START);
  if (memoryBottomUp_) {
    const int height = static_cast<int>(memoryPicture_.height);
    for (int y = part.y; y < part.bottom(); ++y) {
      paint(memoryPicture_, {part.x, height - 1 - y, part.width, 1}, *frame, {part.x, y});
    }
  } else {
    paint(memoryPicture_, part, *frame, {part.x, part.y});
  }
  if (memoryIsDmabuf_) syncDmabuf(memoryFd_, DMA_BUF_SYNC_END);
  screen_.damaged(Damage(part));
}

void DisplayPainter::forgetMemory() {
  if (memory_) ::munmap(memory_, memoryBytes_);
  memory_ = nullptr;
  memoryFd_.reset();
  memoryIsDmabuf_ = false;
  memoryBottomUp_ = false;
}

base::Result<void> DisplayPainter::defineCursor(std::int64_t width, std::int64_t height,
                                                std::int64_t hotX, std::int64_t hotY,
                                                base::Bytes argb) {
  if (width <= 0 || height <= 0 || width > surface::kMaxCursorSide ||
      height > surface::kMaxCursorSide) {
    return base::unexpected(fmt::format("a cursor of {}x{}", width, height));
  }
  const std::size_t count = static_cast<std::size_t>(width * height);
  if (argb.size() < count * 4) return base::unexpected("a cursor without its pixels");
  surface::Cursor cursor;
  cursor.size = {static_cast<int>(width), static_cast<int>(height)};
  cursor.hotspot = {static_cast<int>(std::clamp<std::int64_t>(hotX, 0, width - 1)),
                    static_cast<int>(std::clamp<std::int64_t>(hotY, 0, height - 1))};
  cursor.pixels.resize(count);
  std::memcpy(cursor.pixels.data(), argb.data(), count * 4);
  screen_.setCursor(std::move(cursor));
  return {};
}

void DisplayPainter::placeCursor(int x, int y, bool shown) {
  if (!shown) {
    screen_.setCursor({});
  } else if (screen_.hasPicture()) {
    screen_.moveCursor({std::clamp(x, 0, screen_.size().width - 1),
                        std::clamp(y, 0, screen_.size().height - 1)});
  }
}

}  // namespace lucarne::relay::qemu
