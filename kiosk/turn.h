// SPDX-License-Identifier: Apache-2.0
// Which way the picture is turned: as the tablet is held, or as a person has set it, which locks it.
#pragma once

#include <optional>

#include "surface/rotation.h"

namespace lucarne::kiosk {

class Turn {
 public:
  explicit Turn(surface::Rotation initial) : rotation_(initial) {}

  surface::Rotation rotation() const { return rotation_; }
  bool locked() const { return locked_; }

  /// The tablet is held so that the picture needs this; while locked it is only remembered.
  void byTablet(surface::Rotation wanted) {
    tablet_ = wanted;
    if (!locked_) rotation_ = wanted;
  }
  /// A quarter further. Locks, if there is a tablet that would turn it back.
  void byHand() {
    rotation_ = surface::next(rotation_);
    locked_ = tablet_.has_value();
  }
  /// Unlocked, the picture goes where the tablet is by now.
  void toggleLock() {
    locked_ = !locked_;
    if (!locked_ && tablet_) rotation_ = *tablet_;
  }

 private:
  surface::Rotation rotation_;
  std::optional<surface::Rotation> tablet_;  // as it was told last; nothing: nobody told
  bool locked_ = false;
};

}  // namespace lucarne::kiosk
