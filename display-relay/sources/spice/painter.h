// SPDX-License-Identifier: Apache-2.0
// From a SPICE display channel's picture into the Screen: the part of the source that knows nothing
// of the library, so that tests and fuzzers can drive it.
//
// The library draws the guest's commands into a surface of its own, in our process. What changed is
// gathered here and copied once, into the Screen's buffer; where the server shares a dma-buf (GL)
// that is handed on to a kiosk whose GPU reads it, else copied. Everything that came from the server is
// checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "display-relay/sources/pictures/dmabuf_picture.h"
#include "display-relay/sources/pictures/pixels.h"
#include "surface/screen.h"

namespace lucarne::relay::spice {

/// The pixman format of a surface in SPICE's (spice/enums.h, SpiceSurfaceFmt); 0 when not known.
std::uint32_t pixmanOf(int surfaceFormat);

class Painter {
 public:
  /// `screen` outlives the painter.
  explicit Painter(surface::Screen& screen) : screen_(screen), dmabuf_(screen) {}
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

  /// The part of the primary surface that the guest's monitor shows; nothing: all of it.
  void setMonitor(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height);
  void unsetMonitor();

  /// This much of the primary surface changed.
  void invalidate(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height);
  void invalidateAll();
  /// Something was gathered that the Screen has not got.
  bool isDue() const { return !gathered_.empty(); }

  /// Copies what was gathered from the surface, which is borrowed for the call. True when all is
  /// done, false when the Screen could not be painted: then everything stays gathered.
  base::Result<bool> paint(const UntrustedPicture& surface);

  /// The server draws into a dma-buf from now on (`stride`, `drmFormat`: of its only plane).
  base::Result<void> scanout(base::UniqueFd buffer, std::uint32_t drmFormat, bool bottomUp,
                             std::int64_t width, std::int64_t height, std::int64_t strideBytes);
  /// It has drawn there. `read` is kept while somebody else reads the dma-buf.
  base::Result<void> drawn(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
                           const surface::DmabufRead& read);
  /// Copies from the dma-buf what somebody needs and was left out, as far as the Screen can be painted.
  base::Result<void> paintShared();
  void endScanout() { dmabuf_.end(); }
  bool isShared() const { return static_cast<bool>(dmabuf_); }

  /// `rgba`: width * height pixels in memory R, G, B, A; null for a shape that the library could
  /// not read.
  base::Result<void> setCursor(std::int64_t width, std::int64_t height, std::int64_t hotX,
                               std::int64_t hotY, const std::uint8_t* rgba);
  void hideCursor() { screen_.setCursor({}); }
  /// In the primary surface's coordinates.
  void moveCursor(std::int64_t x, std::int64_t y);

  /// Where the picture's top left lies in the primary surface.
  surface::GuestPoint origin() const { return {area_.x, area_.y}; }
  std::string_view words() const { return dmabuf_ ? dmabuf_.words() : "drawn here and copied"; }

 private:
  surface::Rect areaOf(surface::Size surface) const;

  surface::Screen& screen_;
  surface::Damage gathered_;  // in the coordinates of the surface
  std::optional<surface::Rect> monitor_;
  surface::Rect area_;  // what of the surface is the picture
  DmabufPicture dmabuf_;
};

}  // namespace lucarne::relay::spice
