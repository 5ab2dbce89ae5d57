// SPDX-License-Identifier: Apache-2.0
// Where a guest's picture lies on the panel, and the one way from a place on the panel to a place
// on the picture: mouse, touch and cursor all go through here, at every rotation and scale.
//
// A value: cheap to make anew whenever the panel, the guest's size, the rotation or the mode
// changes. Works on pixels: a point means the middle of its pixel.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "surface/geometry.h"
#include "surface/rotation.h"

namespace lucarne::surface {

enum class ScaleMode : std::uint8_t {
  Fit,      ///< as large as possible with nothing cut off; bars at two sides
  Fill,     ///< as small as possible with no bars; cut off at two sides
  Integer,  ///< the largest whole multiple that fits; a picture larger than the panel as in Fit
  None,     ///< one to one, in the middle, cut off where it is larger
};

/// "fit", "fill", "integer", "none"; nothing for any other word.
std::optional<ScaleMode> scaleModeOf(std::string_view word);
std::string_view wordFor(ScaleMode mode);

class Placement {
 public:
  /// Nothing is placed: picture() is empty and every point is outside.
  Placement() = default;
  /// Sizes as the hardware and the guest count them, both before rotation. An empty one places
  /// nothing. Neither side may be longer than kMaxSide.
  Placement(Size panel, Size guest, Rotation rotation, ScaleMode mode);

  Size panel() const { return panel_; }
  Size guest() const { return guest_; }
  Rotation rotation() const { return rotation_; }
  ScaleMode mode() const { return mode_; }

  /// The turned and scaled picture in panel pixels. Reaches beyond the panel (negative x or y)
  /// where it is cut off.
  const Rect& picture() const { return picture_; }

  /// The size the guest should have to cover the panel exactly, pixel for pixel.
  static Size wantedSize(Size panel, Rotation rotation) { return turned(panel, rotation); }
  Size wantedSize() const { return wantedSize(panel_, rotation_); }

  struct Hit {
    GuestPoint at;        ///< always on the picture: the nearest pixel when the point was outside
    bool inside = false;  ///< the point was on the picture
    friend bool operator==(const Hit&, const Hit&) = default;
  };

  /// What lies under a panel pixel. Any point may be asked, also beyond the panel (a captured
  /// pointer). With nothing placed: (0, 0), outside.
  Hit toGuest(PanelPoint point) const;

  /// The panel pixel over the middle of a guest pixel; for drawing the cursor. Points outside the
  /// picture give points outside picture(). toGuest(toPanel(p)).at == p for every p on the picture
  /// that is not drawn smaller than it is.
  PanelPoint toPanel(GuestPoint point) const;

  /// The panel pixels that show any part of `part` (clipped to the picture): for damage.
  Rect toPanel(const Rect& part) const;

 private:
  Size panel_;
  Size guest_;
  Rotation rotation_ = Rotation::Deg0;
  ScaleMode mode_ = ScaleMode::Fit;
  Rect picture_;
};

}  // namespace lucarne::surface
