// SPDX-License-Identifier: Apache-2.0
#include "kiosk/compositor.h"

#include <algorithm>

#include "kiosk/blit.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::PanelPoint;
using surface::Placement;
using surface::Rect;
using surface::Size;

namespace {

std::shared_ptr<const Image> turnedImage(const Image& upright, surface::Rotation rotation) {
  // The rotation says how the panel's picture is turned: words are turned with it.
  auto image = std::make_shared<Image>(turned(upright.size, rotation));
  copyTurned(turnedView(upright.frame(), rotation), Rect::of(image->size), image->frame(), 0, 0);
  return image;
}

}  // namespace

Compositor::Compositor(Output& output, surface::Rotation rotation, surface::ScaleMode scale)
    : output_(output), rotation_(rotation), scale_(scale) {
  redrawAll();
}

void Compositor::setRotation(surface::Rotation rotation) {
  if (rotation == rotation_) return;
  rotation_ = rotation;
  if (notice_) notice_ = turnedImage(uprightNotice_, rotation_);
  if (banner_) banner_ = turnedImage(uprightBanner_, rotation_);
  redrawAll();
}

void Compositor::setPicture(const StoredPicture* picture) {
  if (picture == picture_ && (picture ? picture->size() : Size{}) == placement_.guest()) return;
  picture_ = picture;
  redrawAll();
}

void Compositor::damage(const Damage& inGuest) {
  if (!picture_) return;
  for (const Rect& r : inGuest.rects()) {
    // A scaled pixel is mixed from its neighbours too.
    const int reach = isWholeMultiple(placement_) ? 0 : 1;
    const Rect grown{r.x - reach, r.y - reach, r.width + 2 * reach, r.height + 2 * reach};
    damagePanel(placement_.toPanel(intersect(grown, Rect::of(placement_.guest()))));
  }
}

void Compositor::setDimmed(bool dimmed) {
  if (dimmed == dimmed_) return;
  dimmed_ = dimmed;
  damagePanel(placement_.picture());
}

void Compositor::setNotice(const Image* upright) {
  if (!notice_ && !upright) return;
  damagePanel(noticeRect());
  uprightNotice_ = upright ? *upright : Image();
  notice_ = upright ? turnedImage(uprightNotice_, rotation_) : nullptr;
  damagePanel(noticeRect());
}

void Compositor::setBanner(const Image* upright) {
  if (!banner_ && !upright) return;
  damagePanel(bannerRect());
  uprightBanner_ = upright ? *upright : Image();
  banner_ = upright ? turnedImage(uprightBanner_, rotation_) : nullptr;
  damagePanel(bannerRect());
}

void Compositor::setBorder(int pixels, surface::Pixel colour) {
  if (pixels == border_ && (pixels == 0 || colour == borderColour_)) return;
  border_ = pixels;
  borderColour_ = colour;
  redrawAll();
}

void Compositor::setCursor(const surface::Cursor& cursor) {
  if (cursor == cursor_) return;
  cursor_ = cursor;
  updatePointer();
}

void Compositor::movePointer(PanelPoint at) {
  if (displayDrawsPointer() || pointerAt_ == at) return;
  damagePanel(pointerRect());
  pointerAt_ = at;
  damagePanel(pointerRect());
}

void Compositor::drawPointerOurselves(bool ourselves) {
  if (!output_.drawsPointer() || std::exchange(drawsPointerItself_, ourselves) == ourselves) return;
  damagePanel(pointerRect());
  pointerShape_.reset();
  if (ourselves) output_.setPointer({}, {});
  updatePointer();
}

void Compositor::redrawAll() {
  place();
  changed_ = Damage(Rect::of(output_.size()));
}

base::Duration Compositor::delay(base::TimePoint now) const {
  if (!due_) return {};
  return std::max(base::Duration::zero(), *due_ - refreshPeriod() / 2 - now);
}

void Compositor::present(base::TimePoint now) {
  due_ = std::max(due_.value_or(now), now) + refreshPeriod();
  const Damage changed = std::exchange(changed_, {});
  output_.present(scene(), changed);
}

Scene Compositor::scene() const {
  Scene scene;
  if (picture_) scene.picture = PlacedPicture{picture_, placement_, dimmed_};
  addBorder(scene);
  if (notice_) {
    const Rect r = noticeRect();
    scene.overlays.push_back({notice_, {r.x, r.y}});
  }
  if (banner_) {
    const Rect r = bannerRect();
    scene.overlays.push_back({banner_, {r.x, r.y}});
  }
  if (const Rect r = pointerRect(); !r.empty()) scene.overlays.push_back({pointerShape_, {r.x, r.y}});
  return scene;
}

void Compositor::place() {
  const Placement before = placement_;
  placement_ = Placement(output_.size(), picture_ ? picture_->size() : Size{}, rotation_, scale_);
  const bool same = before.picture().size() == placement_.picture().size() &&
                    before.rotation() == rotation_ && before.guest() == placement_.guest();
  if (!same) updatePointer();
}

void Compositor::updatePointer() {
  damagePanel(pointerRect());
  PanelPointer pointer = turnedPointer(cursor_, placement_);
  if (displayDrawsPointer()) {
    output_.setPointer(pointer.shape, pointer.hotspot);
    return;
  }
  hotspot_ = pointer.hotspot;
  pointerShape_ = std::make_shared<const Image>(std::move(pointer.shape));
  damagePanel(pointerRect());
}

void Compositor::damagePanel(const Rect& r) {
  changed_.add(intersect(r, Rect::of(output_.size())));
}

Rect Compositor::noticeRect() const {
  if (!notice_) return {};
  const Size panel = output_.size();
  return {(panel.width - notice_->size.width) / 2, (panel.height - notice_->size.height) / 2,
          notice_->size.width, notice_->size.height};
}

// Where the person has it above: the panel, taken as a picture of its upright size, says where that is.
Rect Compositor::bannerRect() const {
  if (!banner_) return {};
  const Size upright = uprightPanel();
  const Placement whole(output_.size(), upright, rotation_, surface::ScaleMode::Fit);
  const Size size = uprightBanner_.size;
  return whole.toPanel(Rect{(upright.width - size.width) / 2, 0, size.width, size.height});
}

Rect Compositor::pointerRect() const {
  if (!pointerAt_ || !pointerShape_ || pointerShape_->empty()) return {};
  return {pointerAt_->x - hotspot_.x, pointerAt_->y - hotspot_.y, pointerShape_->size.width,
          pointerShape_->size.height};
}

void Compositor::addBorder(Scene& scene) const {
  const Size panel = output_.size();
  const int width = std::min({border_, panel.width / 2, panel.height / 2});
  if (width <= 0) return;
  const int inner = panel.height - 2 * width;
  scene.fills = {{{0, 0, panel.width, width}, borderColour_},
                 {{0, panel.height - width, panel.width, width}, borderColour_},
                 {{0, width, width, inner}, borderColour_},
                 {{panel.width - width, width, width, inner}, borderColour_}};
}

}  // namespace lucarne::kiosk
