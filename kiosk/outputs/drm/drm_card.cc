// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/drm/drm_card.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/c_handle.h"

namespace lucarne::kiosk {

using base::Result;
using surface::Size;

namespace {

using Resources = base::CHandle<drmModeRes, drmModeFreeResources>;
using Connector = base::CHandle<drmModeConnector, drmModeFreeConnector>;
using Encoder = base::CHandle<drmModeEncoder, drmModeFreeEncoder>;
using Crtc = base::CHandle<drmModeCrtc, drmModeFreeCrtc>;
using Version = base::CHandle<drmVersion, drmFreeVersion>;

template <typename... Args>
base::Unexpected<base::Error> failure(fmt::format_string<Args...> format, Args&&... args) {
  return base::unexpected(fmt::format(format, std::forward<Args>(args)...));
}

constexpr const char* kFolder = "/dev/dri";
constexpr int kUsualRefreshHz = 60;

Size sizeOf(const drmModeModeInfo& mode) { return {mode.hdisplay, mode.vdisplay}; }

bool isSame(const drmModeModeInfo& a, const drmModeModeInfo& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// The one that the display prefers, else the largest.
const drmModeModeInfo* bestMode(const drmModeConnector& connector) {
  const drmModeModeInfo* best = nullptr;
  for (int i = 0; i < connector.count_modes; ++i) {
    const drmModeModeInfo& mode = connector.modes[i];
    if (!surface::isAcceptable(mode.hdisplay, mode.vdisplay)) continue;
    if (mode.type & DRM_MODE_TYPE_PREFERRED) return &mode;
    if (!best || sizeOf(mode).pixels() > sizeOf(*best).pixels()) best = &mode;
  }
  return best;
}

std::string nameOf(const drmModeConnector& connector) {
  const char* type = drmModeGetConnectorTypeName(connector.connector_type);
  return fmt::format("{}-{}", type ? type : "display", connector.connector_type_id);
}

// A display that is connected keeps its CRTC if it has one; else the first that fits.
std::uint32_t crtcFor(int fd, const drmModeRes& resources, const drmModeConnector& connector) {
  const Encoder current(drmModeGetEncoder(fd, connector.encoder_id));
  if (current && current->crtc_id != 0) return current->crtc_id;
  for (int e = 0; e < connector.count_encoders; ++e) {
    const Encoder encoder(drmModeGetEncoder(fd, connector.encoders[e]));
    if (!encoder) continue;
    for (int c = 0; c < resources.count_crtcs; ++c) {
      if (encoder->possible_crtcs & (1U << c)) return resources.crtcs[c];
    }
  }
  return 0;
}

std::vector<std::string> cardPaths() {
  std::vector<std::string> paths;
  const base::CHandle<DIR, ::closedir> folder(::opendir(kFolder));
  if (!folder) return paths;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with("card")) paths.push_back(fmt::format("{}/{}", kFolder, name));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

struct DrmCard::Display {
  std::uint32_t connector = 0;
  std::uint32_t crtc = 0;
  drmModeModeInfo mode{};
  std::string name;
};

struct DrmCard::Saved {
  Crtc crtc;
  std::uint32_t connector = 0;
};

// Framebuffer, memory and mapping go in this order.
struct DrmCard::Buffer {
  explicit Buffer(int fd) : card(fd) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (frame.pixels) ::munmap(frame.pixels, bytes);
    if (id != 0) drmModeRmFB(card, id);
    if (handle != 0) {
      drm_mode_destroy_dumb destroy{};
      destroy.handle = handle;
      drmIoctl(card, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
    }
  }

  int card;  // borrowed: the card's descriptor outlives its buffers
  std::uint32_t handle = 0;
  std::uint32_t id = 0;
  std::size_t bytes = 0;
  surface::Frame frame;
};

DrmCard::DrmCard(base::UniqueFd fd) : fd_(std::move(fd)) {
  const Version version(drmGetVersion(fd_.get()));
  driver_ = version && version->name ? version->name : "unknown card";
}

DrmCard::~DrmCard() {
  if (saved_ && saved_->crtc && saved_->crtc->buffer_id != 0) {
    const drmModeCrtc& was = *saved_->crtc;
    drmModeSetCrtc(fd_.get(), was.crtc_id, was.buffer_id, was.x, was.y, &saved_->connector, 1,
                   &saved_->crtc->mode);
  }
}

Result<std::unique_ptr<DrmCard>> DrmCard::open() {
  std::string reasons;
  for (const std::string& path : cardPaths()) {
    auto card = openAt(path);
    if (card) return card;
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", path, card.error().message);
  }
  if (reasons.empty()) reasons = "there is no /dev/dri/card*: is the graphics driver loaded?";
  return failure("{}", reasons);
}

Result<std::unique_ptr<DrmCard>> DrmCard::openAt(const std::string& path) {
  auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    return failure("{}{}", std::strerror(errno),
                   errno == EACCES ? " (the user must be in group video)" : "");
  }
  if (!drmIsMaster(fd.get()) && drmSetMaster(fd.get()) != 0) {
    return failure("another program has the display ({}); end it or use its DISPLAY",
                   std::strerror(errno));
  }
  std::uint64_t dumb = 0;
  if (drmGetCap(fd.get(), DRM_CAP_DUMB_BUFFER, &dumb) != 0 || dumb == 0) {
    return failure("cannot be painted on by the processor");
  }
  std::unique_ptr<DrmCard> card(new DrmCard(std::move(fd)));
  auto display = card->findDisplay();
  if (!display) return failure("{}", display.error().message);
  card->saved_ = std::make_unique<Saved>();
  card->saved_->crtc.reset(drmModeGetCrtc(card->fd_.get(), display->crtc));
  card->saved_->connector = display->connector;
  if (auto used = card->use(*display); !used) return failure("{}", used.error().message);
  return card;
}

Result<DrmCard::Display> DrmCard::findDisplay() const {
  const Resources resources(drmModeGetResources(fd_.get()));
  if (!resources) return failure("has no displays ({})", std::strerror(errno));
  for (int i = 0; i < resources->count_connectors; ++i) {
    const Connector connector(drmModeGetConnector(fd_.get(), resources->connectors[i]));
    if (!connector || connector->connection != DRM_MODE_CONNECTED) continue;
    const drmModeModeInfo* mode = bestMode(*connector);
    const std::uint32_t crtc = crtcFor(fd_.get(), *resources, *connector);
    if (!mode || crtc == 0) continue;
    return Display{connector->connector_id, crtc, *mode, nameOf(*connector)};
  }
  return failure("no display is connected");
}

Result<void> DrmCard::use(const Display& display) {
  std::array<std::unique_ptr<Buffer>, 2> fresh;
  for (auto& buffer : fresh) {
    auto created = createBuffer(sizeOf(display.mode));
    if (!created) return failure("{}", created.error().message);
    buffer = std::move(*created);
  }
  display_ = std::make_unique<Display>(display);
  buffers_ = std::move(fresh);
  back_ = 0;
  modeSet_ = false;
  flipping_ = false;
  const int hz = display.mode.vrefresh > 0 ? static_cast<int>(display.mode.vrefresh) : kUsualRefreshHz;
  refreshPeriod_ = std::chrono::nanoseconds(std::chrono::seconds(1)) / hz;
  return {};
}

Result<std::unique_ptr<DrmCard::Buffer>> DrmCard::createBuffer(Size size) const {
  auto buffer = std::make_unique<Buffer>(fd_.get());
  drm_mode_create_dumb create{};
  create.width = static_cast<std::uint32_t>(size.width);
  create.height = static_cast<std::uint32_t>(size.height);
  create.bpp = 32;
  if (drmIoctl(fd_.get(), DRM_IOCTL_MODE_CREATE_DUMB, &create) != 0) {
    return failure("memory for {}x{} pixels: {}", size.width, size.height, std::strerror(errno));
  }
  buffer->handle = create.handle;
  constexpr std::uint8_t kDepth = 24;  // with 32 bits a pixel: XRGB8888, our own format
  if (drmModeAddFB(fd_.get(), create.width, create.height, kDepth, 32, create.pitch, create.handle,
                   &buffer->id) != 0) {
    return failure("a picture of {}x{} pixels: {}", size.width, size.height, std::strerror(errno));
  }
  drm_mode_map_dumb map{};
  map.handle = create.handle;
  void* memory = MAP_FAILED;
  if (drmIoctl(fd_.get(), DRM_IOCTL_MODE_MAP_DUMB, &map) == 0) {
    memory = ::mmap(nullptr, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                    static_cast<off_t>(map.offset));
  }
  if (memory == MAP_FAILED) return failure("map the display's memory: {}", std::strerror(errno));
  buffer->bytes = create.size;
  buffer->frame = {static_cast<surface::Pixel*>(memory), size, static_cast<int>(create.pitch)};
  return buffer;
}

Size DrmCard::size() const { return sizeOf(display_->mode); }

std::string DrmCard::words() const {
  return fmt::format("{}, {} {}x{} at {} Hz", driver_, display_->name, size().width, size().height,
                     display_->mode.vrefresh);
}

surface::Frame DrmCard::back() const { return buffers_[back_]->frame; }

Result<void> DrmCard::setMode(const Buffer& shown) {
  std::uint32_t connector = display_->connector;
  modeSet_ = drmModeSetCrtc(fd_.get(), display_->crtc, shown.id, 0, 0, &connector, 1,
                            &display_->mode) == 0;
  if (!modeSet_) return failure("set {}: {}", words(), std::strerror(errno));
  return {};
}

Result<void> DrmCard::flip() {
  const Buffer& next = *buffers_[back_];
  if (modeSet_ && canFlip_) {
    if (drmModePageFlip(fd_.get(), display_->crtc, next.id, DRM_MODE_PAGE_FLIP_EVENT, this) == 0) {
      flipping_ = true;
      back_ ^= 1;
      return {};
    }
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) canFlip_ = false;
  }
  drmSetMaster(fd_.get());  // no harm when we are; needed when another program has come and gone
  if (auto set = setMode(next); !set) return set;
  back_ ^= 1;
  return {};
}

void DrmCard::readEvents() {
  drmEventContext context{};
  context.version = 2;
  context.page_flip_handler = [](int, unsigned, unsigned, unsigned, void* card) {
    static_cast<DrmCard*>(card)->flipping_ = false;
  };
  drmHandleEvent(fd_.get(), &context);
}

Result<DrmCard::Change> DrmCard::reprobe() {
  auto display = findDisplay();
  if (!display) return failure("{}", display.error().message);
  if (display->connector == display_->connector && isSame(display->mode, display_->mode)) {
    return Change::None;
  }
  if (auto used = use(*display); !used) return failure("{}", used.error().message);
  return Change::Display;
}

}  // namespace lucarne::kiosk
