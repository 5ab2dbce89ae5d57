// SPDX-License-Identifier: Apache-2.0
// Real dma-bufs of plain memory, where the kernel makes them (linux/udmabuf.h; modprobe udmabuf).
#pragma once

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

#include <cstddef>

#include "base/unique_fd.h"

namespace lucarne::test {

inline constexpr const char* kNoUdmabuf = "no /dev/udmabuf here (modprobe udmabuf)";

/// Empty where there is none: the test skips, with kNoUdmabuf as its reason.
inline base::UniqueFd openUdmabuf() {
  return base::UniqueFd::adopt(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
}

/// A dma-buf of the first `bytes` (whole pages) of a memfd that is sealed against shrinking. Empty
/// when the kernel refuses.
inline base::UniqueFd dmabufOf(const base::UniqueFd& device, const base::UniqueFd& memory,
                               std::size_t bytes) {
  udmabuf_create what{};
  what.memfd = static_cast<__u32>(memory.get());
  what.flags = UDMABUF_FLAGS_CLOEXEC;
  what.size = bytes;
  return base::UniqueFd::adopt(::ioctl(device.get(), UDMABUF_CREATE, &what));
}

}  // namespace lucarne::test
