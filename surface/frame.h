// SPDX-License-Identifier: Apache-2.0
// Pixels. There is one format everywhere inside Lucarne, so that nothing is converted twice:
// 32 bits a pixel, in memory B, G, R, X (DRM's XRGB8888, RFB's little-endian depth 24 with red
// shift 16). X is undefined: whoever compares or hashes pixels masks it with kColourMask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"
#include "surface/geometry.h"

namespace lucarne::surface {

using Pixel = std::uint32_t;
inline constexpr Pixel kColourMask = 0x00ffffff;

/// No picture is larger: 8K (7680 x 4320) fits, a lie of 65535 x 65535 does not.
inline constexpr int kMaxSide = 16384;
inline constexpr std::int64_t kMaxPixels = 34'000'000;

/// Whether a size that a peer claims may be allocated: positive, within both limits.
bool isAcceptable(std::int64_t width, std::int64_t height);

/// Bytes of a picture with this stride, computed in 64 bits; 0 for a size that is not acceptable
/// or a stride shorter than a row or longer than four rows of the widest picture.
std::size_t pictureBytes(Size size, std::int64_t strideBytes);

/// A view of pixels that somebody else owns. `P` is Pixel or const Pixel. Rows start on 4-byte
/// boundaries.
template <typename P>
struct BasicFrame {
  P* pixels = nullptr;
  Size size;
  int strideBytes = 0;

  P* row(int y) const {
    using Byte = std::conditional_t<std::is_const_v<P>, const std::uint8_t, std::uint8_t>;
    return reinterpret_cast<P*>(reinterpret_cast<Byte*>(pixels) +
                                static_cast<std::ptrdiff_t>(y) * strideBytes);
  }
  P& at(int x, int y) const { return row(y)[x]; }
  /// The part inside `r`, which must lie within the frame.
  BasicFrame part(const Rect& r) const { return {row(r.y) + r.x, r.size(), strideBytes}; }

  operator BasicFrame<const Pixel>() const { return {pixels, size, strideBytes}; }
};

using Frame = BasicFrame<Pixel>;
using ConstFrame = BasicFrame<const Pixel>;

/// Copies `r` (clipped to both) from one frame to the same place in the other.
void copyPixels(ConstFrame from, Frame to, const Rect& r);
/// Moves a rectangle inside one frame; source and target may overlap. Both must lie within.
void movePixels(Frame frame, const Rect& from, GuestPoint to);
void fillPixels(Frame frame, const Rect& r, Pixel colour);
/// Number of pixels whose colours differ; the sizes must be equal.
std::int64_t differingPixels(ConstFrame a, ConstFrame b);

/// Owns a picture in anonymous shared memory that can be handed to the kiosk: a memfd sealed
/// against shrinking and growing, mapped once. Rows are 64-byte aligned. New buffers are black.
class FrameBuffer {
 public:
  FrameBuffer() = default;
  /// Throws SetupError when there is no memory. `size` must be acceptable.
  static FrameBuffer create(Size size);
  FrameBuffer(FrameBuffer&& other) noexcept;
  FrameBuffer& operator=(FrameBuffer&& other) noexcept;
  ~FrameBuffer();

  Frame frame() const { return frame_; }
  Size size() const { return frame_.size; }
  std::size_t bytes() const { return bytes_; }
  const base::UniqueFd& fd() const { return fd_; }
  explicit operator bool() const { return frame_.pixels != nullptr; }

 private:
  void unmap();

  base::UniqueFd fd_;
  Frame frame_;
  std::size_t bytes_ = 0;
};

}  // namespace lucarne::surface
