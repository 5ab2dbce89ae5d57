// SPDX-License-Identifier: Apache-2.0
// Pixels as QEMU and SPICE hand them out, and their way into our frames.
//
// The format is a pixman_format_code_t: bits per pixel << 24 | type << 16 | a << 12 | r << 8 | g << 4
// | b (pixman.h); QEMU passes on what the guest's card uses. DRM's names are those of the formats
// in a dma-buf (drm_fourcc.h).
#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::relay {

inline constexpr std::uint32_t kPixmanX8R8G8B8 = 0x20020888;
inline constexpr std::uint32_t kPixmanA8R8G8B8 = 0x20028888;
inline constexpr std::uint32_t kPixmanX8B8G8R8 = 0x20030888;
inline constexpr std::uint32_t kPixmanA8B8G8R8 = 0x20038888;
inline constexpr std::uint32_t kPixmanR5G6B5 = 0x10020565;
inline constexpr std::uint32_t kPixmanX1R5G5B5 = 0x10020555;

/// A picture as a peer describes it: nothing about it is known to be true.
struct UntrustedPicture {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t strideBytes = 0;
  std::uint32_t format = 0;
  base::Bytes pixels;
};

/// Whether the picture is one: an acceptable size, a known format, rows that do not overlap, and
/// bytes for all of them.
base::Result<void> check(const UntrustedPicture& picture);

/// The same of a picture whose `bytes` bytes are elsewhere, in a file.
base::Result<void> checkShape(const UntrustedPicture& picture, std::uint64_t bytes);

/// Paints `part` of a checked picture at `at` of the frame; both must lie within.
void paint(const UntrustedPicture& checked, const surface::Rect& part, surface::Frame frame,
           surface::GuestPoint at);

}  // namespace lucarne::relay
