// SPDX-License-Identifier: Apache-2.0
// Turns what is to be seen into scenes, and knows when and where the panel must change.
//
// Whoever has news tells it here; nothing is drawn until `present`. Nothing told, nothing pending.
// Loop's thread.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "kiosk/output.h"
#include "kiosk/pointer.h"
#include "kiosk/scene.h"
#include "surface/cursor.h"
#include "surface/damage.h"

namespace lucarne::kiosk {

class Compositor {
 public:
  /// The output outlives the compositor.
  Compositor(Output& output, surface::Rotation rotation, surface::ScaleMode scale);

  void setRotation(surface::Rotation rotation);
  surface::Rotation rotation() const { return rotation_; }

  /// The picture to show, borrowed until the next call; nullptr: none. Damages everything when it
  /// is another one, or another size.
  void setPicture(const StoredPicture* picture);
  /// The picture was uploaded anew here.
  void damage(const surface::Damage& inGuest);
  void setDimmed(bool dimmed);

  /// A box with words in the middle, upright; nullptr: none.
  void setNotice(const Image* upright);

  /// A strip with words at the upper edge, upright; nullptr: none. Hides little of the picture.
  void setBanner(const Image* upright);

  /// 0 pixels: none.
  void setBorder(int pixels, surface::Pixel colour);

  void setCursor(const surface::Cursor& cursor);
  /// Where the pointer is; only of interest when the output does not draw it itself.
  void movePointer(surface::PanelPoint at);
  /// The display's own pointer follows the display's own mouse. When input comes from elsewhere
  /// (`true`), the pointer is drawn into the scene and the display's is hidden.
  void drawPointerOurselves(bool ourselves);

  /// The output's size changed, or it lost what it showed.
  void redrawAll();

  const surface::Placement& placement() const { return placement_; }
  /// The panel's size as a person holds it.
  surface::Size uprightPanel() const { return turned(output_.size(), rotation_); }

  bool pending() const { return !changed_.empty(); }
  /// The panel's pace, for a display that does not know it or to see more; nothing: the output's.
  void setRefreshPeriod(std::optional<base::Duration> period) { refreshPeriod_ = period; }
  /// How long `present` should wait, so that there is one per refresh at most. That holds on
  /// average: two may come within half a refresh, since a guest as fast as the panel would else wait
  /// for the panel each time, and with a little jitter lose pictures.
  base::Duration delay(base::TimePoint now) const;
  /// Draws what is pending.
  void present(base::TimePoint now);

  Image capture() const { return output_.capture(scene()); }

 private:
  Scene scene() const;
  void place();
  void updatePointer();
  bool displayDrawsPointer() const { return !drawsPointerItself_ && output_.drawsPointer(); }
  void damagePanel(const surface::Rect& r);
  surface::Rect noticeRect() const;
  surface::Rect bannerRect() const;
  surface::Rect pointerRect() const;
  void addBorder(Scene& scene) const;

  base::Duration refreshPeriod() const { return refreshPeriod_.value_or(output_.refreshPeriod()); }

  Output& output_;
  std::optional<base::Duration> refreshPeriod_;
  surface::Rotation rotation_;
  surface::ScaleMode scale_;
  surface::Placement placement_;
  const StoredPicture* picture_ = nullptr;
  bool dimmed_ = false;
  Image uprightNotice_;
  std::shared_ptr<const Image> notice_;  // turned; shared with an output's cache
  Image uprightBanner_;
  std::shared_ptr<const Image> banner_;  // turned; shared with an output's cache
  int border_ = 0;
  surface::Pixel borderColour_ = 0;
  surface::Cursor cursor_;
  bool drawsPointerItself_ = false;
  std::shared_ptr<const Image> pointerShape_;  // turned; shared with an output's cache
  surface::PanelPoint hotspot_;
  std::optional<surface::PanelPoint> pointerAt_;
  surface::Damage changed_;
  std::optional<base::TimePoint> due_;  // when the next present would come at the panel's pace
};

}  // namespace lucarne::kiosk
