// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <fmt/format.h>

#include "display-relay/sources/qemu/display_listener.h"

namespace lucarne::relay::qemu {

namespace {

using surface::Damage;
using surface::GuestPoint;
using surface::Rect;
using surface::Size;

constexpr std::uint32_t kRgb565 = 0x36314752;  // DRM_FORMAT_RGB565; all others we read have 4 bytes

// So that no sum overflows; SharedPicture allows no more either.
constexpr std::uint32_t kMostStride = 1 << 20;

}  // namespace

base::Result<void> DisplayPainter::scanout(const UntrustedPicture& picture) {
  shared_.forget();
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
  return showShared(shared_.adoptMemory(std::move(memory), offset, picture));
}

base::Result<void> DisplayPainter::scanoutDmabuf(base::UniqueFd buffer, std::uint32_t drmFormat,
                                                 std::uint64_t modifier, bool bottomUp,
                                                 UntrustedPicture picture) {
  return showShared(shared_.adoptDmabuf(std::move(buffer), drmFormat, modifier, bottomUp, picture));
}

// Whatever has several planes is no plain RGB in rows: compressed, or a video's colours.
base::Result<void> DisplayPainter::scanoutPlanes(UntrustedPlanes planes) {
  if (planes.count == 0 || planes.buffers.size() != planes.count ||
      planes.offsets.size() < planes.count || planes.strides.size() < planes.count) {
    shared_.forget();
    return base::unexpected("a dma-buf without all its planes");
  }
  if (planes.count > 1) {
    shared_.forget();
    return base::unexpected(fmt::format(
        "a dma-buf of {} planes (modifier {:#x}), which only a GPU can read; start QEMU without "
        "gl=on",
        planes.count, planes.modifier));
  }
  const std::uint64_t bottom = std::uint64_t{planes.y} + planes.height;
  if (bottom > planes.backingHeight || planes.strides[0] > kMostStride) {
    shared_.forget();
    return base::unexpected("a picture that is not within its dma-buf");
  }
  const std::uint64_t row = planes.bottomUp ? planes.backingHeight - bottom : planes.y;
  const std::uint64_t pixelBytes = planes.fourcc == kRgb565 ? 2 : 4;
  const UntrustedPicture picture{planes.width, planes.height, planes.strides[0], 0, {}};
  const std::uint64_t offset =
      planes.offsets[0] + row * planes.strides[0] + std::uint64_t{planes.x} * pixelBytes;
  return showShared(shared_.adoptDmabuf(std::move(planes.buffers[0]), planes.fourcc,
                                        planes.modifier, planes.bottomUp, picture, offset));
}

base::Result<void> DisplayPainter::showShared(base::Result<void> adopted) {
  if (!adopted) return adopted;
  screen_.resize(shared_.size());
  paintShared(Rect::of(screen_.size()));
  return {};
}

base::Result<void> DisplayPainter::updateMemory(std::int64_t x, std::int64_t y, std::int64_t width,
                                                std::int64_t height) {
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
