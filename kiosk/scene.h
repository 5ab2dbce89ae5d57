// SPDX-License-Identifier: Apache-2.0
// What the panel shows at one moment, from back to front: values and borrowed pictures, all in the
// panel's own pixels. The compositor builds one, an Output draws it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "surface/frame.h"
#include "surface/placement.h"

namespace lucarne::kiosk {

class StoredPicture;

/// Pixels that the kiosk drew itself: in memory B, G, R, A with straight alpha, no gaps.
struct Image {
  surface::Size size;
  std::vector<surface::Pixel> pixels;

  Image() = default;
  explicit Image(surface::Size s, surface::Pixel colour = 0)
      : size(s), pixels(static_cast<std::size_t>(s.pixels()), colour) {}

  surface::ConstFrame frame() const { return {pixels.data(), size, size.width * 4}; }
  surface::Frame frame() { return {pixels.data(), size, size.width * 4}; }
  bool empty() const { return size.empty(); }
};

/// The shown guest's picture. `placement.picture()` says where.
struct PlacedPicture {
  const StoredPicture* picture = nullptr;
  surface::Placement placement;
  bool dimmed = false;
};

struct Fill {
  surface::Rect rect;
  surface::Pixel colour = 0;
  friend bool operator==(const Fill&, const Fill&) = default;
};

/// An image that is turned already.
struct Overlay {
  std::shared_ptr<const Image> image;  // shared with whoever drew it and with an output's cache
  surface::PanelPoint at;

  surface::Rect rect() const { return {at.x, at.y, image->size.width, image->size.height}; }
  friend bool operator==(const Overlay&, const Overlay&) = default;
};

/// What is behind everything: near black, so that a panel that works is told from one that is off.
inline constexpr surface::Pixel kBackground = 0x10141a;

struct Scene {
  std::optional<PlacedPicture> picture;
  std::vector<Fill> fills;
  std::vector<Overlay> overlays;
};

/// Exact when the picture is as large on the panel as it is; nearest when it is a whole multiple.
inline bool isUnscaled(const surface::Placement& p) {
  return p.picture().size() == surface::turned(p.guest(), p.rotation());
}
inline bool isWholeMultiple(const surface::Placement& p) {
  const surface::Size one = surface::turned(p.guest(), p.rotation());
  const surface::Rect& r = p.picture();
  return !one.empty() && r.width >= one.width && r.width % one.width == 0 &&
         r.height % one.height == 0 && r.width / one.width == r.height / one.height;
}

}  // namespace lucarne::kiosk
