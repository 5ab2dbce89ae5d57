// SPDX-License-Identifier: Apache-2.0
// One guest as the kiosk remembers it, with a relay or without.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kiosk/output.h"
#include "surface/surface_connection.h"

namespace lucarne::kiosk {

struct Guest {
  std::string name;
  surface::SurfaceConnection* connection = nullptr;  ///< only while connected; the server's
  bool connected = false;
  std::string leftWords;     ///< why the relay went
  base::TimePoint leftAt{};  ///< when

  std::unique_ptr<StoredPicture> picture;  ///< the last one; stays when the guest is lost
  std::optional<surface::PicturePath> path;  ///< the last picture's
  bool tooLarge = false;                   ///< the output has no room for its picture
  surface::Phase phase = surface::Phase::Waiting;
  std::string phaseWords;
  std::string title;
  surface::Cursor cursor;

  /// Input reaches it.
  bool hears() const { return connected && connection && phase == surface::Phase::Live; }

  /// Lifts that could not be delivered when the relay, or the guest behind it, went away with things
  /// held down: told when it hears again. A relay that is killed lifts nothing itself, and not every
  /// server does it for it.
  std::vector<surface::InputEvent> owed;

  // What the relay has been told since it came.
  std::optional<bool> toldFocus;
  std::optional<bool> toldAttention;
  std::optional<surface::Size> toldSize;
};

}  // namespace lucarne::kiosk
