// SPDX-License-Identifier: Apache-2.0
// One guest as the kiosk remembers it, with a relay or without.
#pragma once

#include <memory>
#include <optional>
#include <string>

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
  bool tooLarge = false;                   ///< the output has no room for its picture
  surface::Phase phase = surface::Phase::Waiting;
  std::string phaseWords;
  std::string title;
  surface::Cursor cursor;

  // What the relay has been told since it came.
  std::optional<bool> toldFocus;
  std::optional<bool> toldAttention;
  std::optional<surface::Size> toldSize;
};

}  // namespace lucarne::kiosk
