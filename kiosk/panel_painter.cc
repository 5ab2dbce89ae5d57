// SPDX-License-Identifier: Apache-2.0
#include "kiosk/panel_painter.h"

#include "kiosk/blit.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::Frame;
using surface::Rect;

namespace {

void paintPicture(const PlacedPicture& placed, Frame panel, const Rect& clip) {
  const auto& memory = static_cast<const MemoryPicture&>(*placed.picture);
  const Rect& place = placed.placement.picture();
  const Rect part = intersect(place, clip);
  if (part.empty()) return;
  const TurnedView view = turnedView(memory.frame(), placed.placement.rotation());
  if (isUnscaled(placed.placement)) {
    copyTurned(view, {part.x - place.x, part.y - place.y, part.width, part.height}, panel, place.x,
               place.y);
  } else {
    scaleTurned(view, place, panel, part,
                isWholeMultiple(placed.placement) ? Filter::Nearest : Filter::Linear);
  }
  if (placed.dimmed) dim(panel, part);
}

// Up to four parts of `r` that lie outside of `hole`.
void fillAround(Frame panel, const Rect& r, const Rect& hole) {
  const Rect inner = intersect(r, hole);
  if (inner.empty()) {
    fillPixels(panel, r, kBackground);
    return;
  }
  fillPixels(panel, {r.x, r.y, r.width, inner.y - r.y}, kBackground);
  fillPixels(panel, {r.x, inner.bottom(), r.width, r.bottom() - inner.bottom()}, kBackground);
  fillPixels(panel, {r.x, inner.y, inner.x - r.x, inner.height}, kBackground);
  fillPixels(panel, {inner.right(), inner.y, r.right() - inner.right(), inner.height},
             kBackground);
}

void paintRect(const Scene& scene, Frame panel, const Rect& r) {
  fillAround(panel, r, scene.picture ? scene.picture->placement.picture() : Rect{});
  if (scene.picture) paintPicture(*scene.picture, panel, r);
  for (const Fill& fill : scene.fills) fillPixels(panel, intersect(fill.rect, r), fill.colour);
  for (const Overlay& overlay : scene.overlays) {
    blend(overlay.image->frame(), panel, overlay.at.x, overlay.at.y, r);
  }
}

}  // namespace

void MemoryPicture::upload(surface::ConstFrame picture, const Damage& damage) {
  for (const Rect& r : damage.rects()) copyPixels(picture, image_.frame(), r);
}

void paintScene(const Scene& scene, Frame panel, const Damage& changed) {
  // The rectangles may overlap; painting twice is harmless only because each is painted from
  // scratch (dimming and blending are not idempotent).
  for (const Rect& r : changed.rects()) paintRect(scene, panel, intersect(r, Rect::of(panel.size)));
}

Image paintedScene(const Scene& scene, surface::Size panel) {
  Image image(panel);
  paintScene(scene, image.frame(), Damage(Rect::of(panel)));
  for (surface::Pixel& p : image.pixels) p |= 0xff000000;
  return image;
}

}  // namespace lucarne::kiosk
