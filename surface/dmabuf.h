// SPDX-License-Identifier: Apache-2.0
// A picture in a dma-buf: memory of a guest's graphics card that is handed on as descriptors, so that
// the panel's GPU reads it where it lies.
//
// Formats and modifiers are those of drm_fourcc.h. Nothing here reads a pixel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "surface/geometry.h"

namespace lucarne::surface {

/// DRM_FORMAT_MOD_LINEAR: rows of pixels.
inline constexpr std::uint64_t kModifierLinear = 0;
/// "Not said": DRM_FORMAT_MOD_INVALID. Rows of pixels, or what the driver has noted at the buffer.
inline constexpr std::uint64_t kModifierUnsaid = 0x00ffffffffffffff;

/// As many planes as any format has.
inline constexpr std::size_t kMaxPlanes = 4;

/// What a GPU can read.
struct DmabufFormat {
  std::uint32_t fourcc = 0;
  std::uint64_t modifier = kModifierUnsaid;
  friend bool operator==(const DmabufFormat&, const DmabufFormat&) = default;
};

struct DmabufPlane {
  std::uint32_t offset = 0;
  std::uint32_t strideBytes = 0;
  friend bool operator==(const DmabufPlane&, const DmabufPlane&) = default;
};

struct DmabufLayout {
  Size buffer;   ///< in pixels
  Rect picture;  ///< the guest's, within the buffer; as it is seen, bottomUp or not
  DmabufFormat format;
  bool bottomUp = false;  ///< the first row in memory is the lowest of the buffer
  std::vector<DmabufPlane> planes;
  friend bool operator==(const DmabufLayout&, const DmabufLayout&) = default;
};

struct Dmabuf {
  DmabufLayout layout;
  std::vector<base::UniqueFd> fds;  ///< one for each plane, often of the same buffer
};

/// Bytes of one pixel; 0 for a format that we do not show.
int pixelBytesOf(std::uint32_t fourcc);

/// The formats that we show (32 bits, and RGB565), without their modifiers.
const std::vector<std::uint32_t>& shownFourccs();

/// Whether the numbers can be: an acceptable size, the picture within the buffer, a format that we
/// show, rows that do not overlap, several planes only where a modifier explains them.
base::Result<void> checkLayout(const DmabufLayout& untrusted);

/// How large a buffer really is. Failure: the descriptor is no dma-buf.
using DmabufSize = std::function<base::Result<std::uint64_t>(const base::UniqueFd&)>;

/// Asks the kernel. Never waits, whatever the descriptor is: a file of a slow file system is not
/// asked for anything.
base::Result<std::uint64_t> dmabufSize(const base::UniqueFd& untrustedFd);

/// checkLayout, a descriptor for each plane, and room for all rows in each buffer. What a modifier
/// packs otherwise than in rows can only be checked where it begins: the rest is for the GPU's driver.
base::Result<void> checkDmabuf(const Dmabuf& untrusted, const DmabufSize& sizeOf);

/// Whether both are the same memory, described alike. While either is open, no other buffer can have
/// its inode.
bool isSameBuffer(const Dmabuf& a, const Dmabuf& b);

/// Whether `formats` has this one; rows of pixels are also read by whoever reads "not said".
bool canRead(const std::vector<DmabufFormat>& formats, const DmabufFormat& format);

/// Held by whoever reads a dma-buf. The source of the picture learns that nobody reads any more
/// when the last one has let go.
using DmabufRead = std::shared_ptr<const void>;

}  // namespace lucarne::surface
