// SPDX-License-Identifier: Apache-2.0
#include "kiosk/pointer.h"

#include <algorithm>

#include "kiosk/blit.h"

namespace lucarne::kiosk {

using surface::Placement;
using surface::Rect;
using surface::Size;

namespace {

// What display servers and KMS take at most.
constexpr int kMaxShapeSide = surface::kMaxCursorSide;

int scaled(int side, int placed, int guest) {
  return std::clamp(static_cast<int>(std::int64_t{side} * placed / guest), 1, kMaxShapeSide);
}

}  // namespace

PanelPointer turnedPointer(const surface::Cursor& cursor, const Placement& placement) {
  if (cursor.hidden() || placement.picture().empty()) return {};
  const Size guest = turned(placement.guest(), placement.rotation());
  const Size shape = turned(cursor.size, placement.rotation());
  const Size size{scaled(shape.width, placement.picture().width, guest.width),
                  scaled(shape.height, placement.picture().height, guest.height)};
  const surface::ConstFrame pixels{cursor.pixels.data(), cursor.size, cursor.size.width * 4};
  PanelPointer pointer{Image(size), {}};
  scaleTurned(turnedView(pixels, placement.rotation()), Rect::of(size), pointer.shape.frame(),
              Rect::of(size), Filter::Nearest);
  // The shape is a small picture that fills a small panel.
  pointer.hotspot = Placement(size, cursor.size, placement.rotation(), surface::ScaleMode::Fill)
                        .toPanel(cursor.hotspot);
  return pointer;
}

}  // namespace lucarne::kiosk
