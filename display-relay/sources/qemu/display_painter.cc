// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "display-relay/sources/qemu/display_listener.h"

namespace lucarne::relay::qemu {

namespace {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;
using surface::Size;

// A side as a peer claims it: what is no side is made one that checkLayout refuses.
int sideOf(std::int64_t untrusted) {
  return static_cast<int>(std::clamp<std::int64_t>(untrusted, -1, surface::kMaxSide + 1));
}

}  // namespace

base::Result<void> DisplayPainter::scanout(const UntrustedPicture& picture) {
  shared_.forget();
  dmabuf_.end();
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

base::Result<void> DisplayPainter::scanoutMemory(base::UniqueFd memory, std::uint64_t offset,
                                                 UntrustedPicture picture) {
  dmabuf_.end();
  return showShared(shared_.adoptMemory(std::move(memory), offset, picture));
}

base::Result<void> DisplayPainter::scanoutDmabuf(base::UniqueFd buffer, std::uint32_t drmFormat,
                                                 std::uint64_t modifier, bool bottomUp,
                                                 UntrustedPicture picture) {
  const Size size{sideOf(picture.width), sideOf(picture.height)};
  const auto stride = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(picture.strideBytes, 0, UINT32_MAX));
  std::vector<base::UniqueFd> fds;
  fds.push_back(std::move(buffer));
  return showDmabuf({size, Rect::of(size), {drmFormat, modifier}, bottomUp, {{0, stride}}},
                    std::move(fds));
}

base::Result<void> DisplayPainter::scanoutPlanes(UntrustedPlanes planes) {
  const bool complete = planes.count > 0 && planes.count <= surface::kMaxPlanes &&
                        planes.buffers.size() == planes.count &&
                        planes.offsets.size() >= planes.count &&
                        planes.strides.size() >= planes.count;
  if (!complete) {
    shared_.forget();
    dmabuf_.end();
    return base::unexpected("a dma-buf without all its planes");
  }
  surface::DmabufLayout layout;
  layout.picture = {sideOf(planes.x), sideOf(planes.y), sideOf(planes.width),
                    sideOf(planes.height)};
  // Some peers say the picture's width where the buffer's belongs.
  layout.buffer = {std::max(sideOf(planes.backingWidth), layout.picture.right()),
                   sideOf(planes.backingHeight)};
  layout.format = {planes.fourcc, planes.modifier};
  layout.bottomUp = planes.bottomUp;
  for (std::uint32_t i = 0; i < planes.count; ++i) {
    layout.planes.push_back({planes.offsets[i], planes.strides[i]});
  }
  return showDmabuf(std::move(layout), std::move(planes.buffers));
}

base::Result<void> DisplayPainter::showDmabuf(surface::DmabufLayout layout,
                                              std::vector<base::UniqueFd> fds) {
  shared_.forget();
  auto dmabuf = std::make_shared<surface::Dmabuf>();
  dmabuf->layout = std::move(layout);
  dmabuf->fds = std::move(fds);
  return complete(dmabuf_.show(std::move(dmabuf)));
}

base::Result<void> DisplayPainter::complete(const base::Result<bool>& painted) {
  if (!painted) return base::unexpected(painted.error().message);
  if (!*painted) incomplete_ = true;
  return {};
}

base::Result<void> DisplayPainter::showShared(base::Result<void> adopted) {
  if (!adopted) return adopted;
  screen_.resize(shared_.size());
  paintShared(Rect::of(screen_.size()));
  return {};
}

base::Result<void> DisplayPainter::updateMemory(std::int64_t x, std::int64_t y, std::int64_t width,
                                                std::int64_t height,
                                                const surface::DmabufRead& read) {
  if (dmabuf_) {
    return complete(
        dmabuf_.changed(surface::clampRect(x, y, width, height, dmabuf_.size()), read));
  }
  if (!shared_) return base::unexpected("an update of a picture that was never shared");
  paintShared(surface::clampRect(x, y, width, height, shared_.size()));
  return {};
}

void DisplayPainter::paintShared(const Rect& part) {
  if (part.empty()) return;
  const auto frame = screen_.paint();
  if (!frame) {
    incomplete_ = true;
    return;
  }
  shared_.paint(part, *frame);
  screen_.damaged(Damage(part));
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
