// SPDX-License-Identifier: Apache-2.0
#include "surface/frame.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lucarne::surface {

namespace {
constexpr std::int64_t kRowAlignment = 64;  // a cache line, and what GPUs want of a stride
}

bool isAcceptable(std::int64_t width, std::int64_t height) {
  return width > 0 && height > 0 && width <= kMaxSide && height <= kMaxSide &&
         width * height <= kMaxPixels;
}

std::size_t pictureBytes(Size size, std::int64_t strideBytes) {
  constexpr std::int64_t kMaxStride = std::int64_t{kMaxSide} * 4 * 4;
  if (!isAcceptable(size.width, size.height)) return 0;
  if (strideBytes < std::int64_t{size.width} * 4 || strideBytes > kMaxStride) return 0;
  return static_cast<std::size_t>(strideBytes) * static_cast<std::size_t>(size.height);
}

void copyPixels(ConstFrame from, Frame to, const Rect& r) {
  const Rect part = intersect(r, intersect(Rect::of(from.size), Rect::of(to.size)));
  for (int y = part.y; y < part.bottom(); ++y) {
    std::memcpy(to.row(y) + part.x, from.row(y) + part.x,
                static_cast<std::size_t>(part.width) * sizeof(Pixel));
  }
}

void movePixels(Frame frame, const Rect& from, GuestPoint to) {
  const std::size_t bytes = static_cast<std::size_t>(from.width) * sizeof(Pixel);
  const auto moveRow = [&](int i) {
    std::memmove(frame.row(to.y + i) + to.x, frame.row(from.y + i) + from.x, bytes);
  };
  if (to.y <= from.y) {
    for (int i = 0; i < from.height; ++i) moveRow(i);
  } else {
    for (int i = from.height; i-- > 0;) moveRow(i);
  }
}

void fillPixels(Frame frame, const Rect& r, Pixel colour) {
  const Rect part = intersect(r, Rect::of(frame.size));
  for (int y = part.y; y < part.bottom(); ++y) {
    std::fill_n(frame.row(y) + part.x, part.width, colour);
  }
}

std::int64_t differingPixels(ConstFrame a, ConstFrame b) {
  std::int64_t differing = 0;
  for (int y = 0; y < a.size.height; ++y) {
    const Pixel* p = a.row(y);
    const Pixel* q = b.row(y);
    for (int x = 0; x < a.size.width; ++x) differing += ((p[x] ^ q[x]) & kColourMask) != 0;
  }
  return differing;
}

FrameBuffer FrameBuffer::create(Size size) {
  const std::int64_t stride =
      (std::int64_t{size.width} * 4 + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  FrameBuffer buffer;
  buffer.bytes_ = pictureBytes(size, stride);
  if (buffer.bytes_ == 0) {
    throw base::SetupError(fmt::format("a picture of {}x{} is not possible (limit {} pixels a side, "
                                       "{} in all)", size.width, size.height, kMaxSide, kMaxPixels));
  }
  buffer.fd_ = base::createMemfd("lucarne-picture", buffer.bytes_);
  // The reader on the other side must never find its mapping cut short (SIGBUS).
  ::fcntl(buffer.fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* memory = ::mmap(nullptr, buffer.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED,
                        buffer.fd_.get(), 0);
  if (memory == MAP_FAILED) {
    throw base::SetupError(fmt::format("map a picture of {}x{}: {}", size.width, size.height,
                                       std::strerror(errno)));
  }
  buffer.frame_ = {static_cast<Pixel*>(memory), size, static_cast<int>(stride)};
  return buffer;
}

FrameBuffer::FrameBuffer(FrameBuffer&& other) noexcept
    : fd_(std::move(other.fd_)),
      frame_(std::exchange(other.frame_, {})),
      bytes_(std::exchange(other.bytes_, 0)) {}

FrameBuffer& FrameBuffer::operator=(FrameBuffer&& other) noexcept {
  if (this != &other) {
    unmap();
    fd_ = std::move(other.fd_);
    frame_ = std::exchange(other.frame_, {});
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

FrameBuffer::~FrameBuffer() { unmap(); }

void FrameBuffer::unmap() {
  if (frame_.pixels) ::munmap(frame_.pixels, bytes_);
  frame_ = {};
}

}  // namespace lucarne::surface
