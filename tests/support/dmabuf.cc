// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dmabuf.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#ifdef LUCARNE_HAVE_DRM
#include <drm.h>
#include <drm_mode.h>
#endif

namespace lucarne::test {

namespace {

constexpr std::size_t kPage = 4096;

struct Exported {
  base::UniqueFd fd;
  base::UniqueFd exporter;
};

base::UniqueFd openDevice(const std::string& path) {
  return base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

Exported exportMemory(std::size_t bytes) {
  const auto device = openDevice("/dev/udmabuf");
  if (!device) return {};
  auto memory = base::createMemfd("dma-buf", bytes);
  ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  udmabuf_create what{};
  what.memfd = static_cast<__u32>(memory.get());
  what.flags = UDMABUF_FLAGS_CLOEXEC;
  what.size = bytes;
  auto fd = base::UniqueFd::adopt(::ioctl(device.get(), UDMABUF_CREATE, &what));
  return {std::move(fd), std::move(memory)};
}

#ifdef LUCARNE_HAVE_DRM
// vgem only: another card is somebody's screen.
bool isVgem(const base::UniqueFd& card) {
  char name[32] = {};
  drm_version version{};
  version.name = name;
  version.name_len = sizeof name - 1;
  return ::ioctl(card.get(), DRM_IOCTL_VERSION, &version) == 0 && std::strcmp(name, "vgem") == 0;
}

Exported exportFromCard(std::size_t bytes) {
  for (int number = 0; number < 8; ++number) {
    auto card = openDevice("/dev/dri/card" + std::to_string(number));
    if (!card || !isVgem(card)) continue;
    drm_mode_create_dumb dumb{};
    dumb.width = static_cast<__u32>(kPage / 4);
    dumb.height = static_cast<__u32>(bytes / kPage);
    dumb.bpp = 32;
    if (::ioctl(card.get(), DRM_IOCTL_MODE_CREATE_DUMB, &dumb) < 0) continue;
    drm_prime_handle prime{};
    prime.handle = dumb.handle;
    prime.flags = DRM_CLOEXEC | DRM_RDWR;
    if (::ioctl(card.get(), DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0) continue;
    return {base::UniqueFd::adopt(prime.fd), std::move(card)};
  }
  return {};
}
#else
Exported exportFromCard(std::size_t) { return {}; }
#endif

void sync(const base::UniqueFd& fd, std::uint64_t flags) {
  dma_buf_sync how{flags | DMA_BUF_SYNC_WRITE};
  (void)::ioctl(fd.get(), DMA_BUF_IOCTL_SYNC, &how);
}

}  // namespace

std::optional<Dmabuf> Dmabuf::create(std::size_t bytes) {
  bytes = (bytes + kPage - 1) / kPage * kPage;
  Exported exported = exportMemory(bytes);
  if (!exported.fd) exported = exportFromCard(bytes);
  if (!exported.fd) return std::nullopt;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, exported.fd.get(), 0);
  if (memory == MAP_FAILED) return std::nullopt;
  return Dmabuf(std::move(exported.fd), std::move(exported.exporter), memory, bytes);
}

Dmabuf::Dmabuf(base::UniqueFd fd, base::UniqueFd exporter, void* memory, std::size_t bytes)
    : fd_(std::move(fd)), exporter_(std::move(exporter)), memory_(memory), bytes_(bytes) {}

Dmabuf::Dmabuf(Dmabuf&& other) noexcept
    : fd_(std::move(other.fd_)),
      exporter_(std::move(other.exporter_)),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_) {}

Dmabuf::~Dmabuf() {
  if (memory_) ::munmap(memory_, bytes_);
}

void Dmabuf::draw(std::size_t at, std::uint32_t pixel) {
  sync(fd_, DMA_BUF_SYNC_START);
  std::memcpy(static_cast<std::uint8_t*>(memory_) + at, &pixel, sizeof pixel);
  sync(fd_, DMA_BUF_SYNC_END);
}

}  // namespace lucarne::test
