// SPDX-License-Identifier: Apache-2.0
// Real dma-bufs without a GPU: of plain memory by udmabuf, else of vgem's memory (a DRM card that
// has nothing but buffers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/unique_fd.h"

namespace lucarne::test {

/// Why a test skips that got none.
inline constexpr const char* kNoDmabuf = "no dma-bufs to be had here (modprobe udmabuf, or vgem)";

class Dmabuf {
 public:
  /// At least `bytes` of zeros. Nothing where the kernel makes none for us.
  static std::optional<Dmabuf> create(std::size_t bytes);
  Dmabuf(Dmabuf&& other) noexcept;
  Dmabuf& operator=(Dmabuf&&) = delete;
  ~Dmabuf();

  /// Another descriptor of it, as it is handed over.
  base::UniqueFd fd() const { return base::duplicate(fd_); }
  /// Draws one 32-bit pixel at this byte, as the guest's card would.
  void draw(std::size_t at, std::uint32_t pixel);

 private:
  Dmabuf(base::UniqueFd fd, base::UniqueFd exporter, void* memory, std::size_t bytes);

  base::UniqueFd fd_;
  base::UniqueFd exporter_;  // its memory lives as long as this
  void* memory_;
  std::size_t bytes_;
};

}  // namespace lucarne::test
