// SPDX-License-Identifier: Apache-2.0
// Hears what the kiosk does, for whoever publishes it.
#pragma once

#include <optional>

#include "base/clock.h"
#include "kiosk/guests.h"

namespace lucarne::kiosk {

/// Calls from the loop, from inside the kiosk: an observer must not call back into it.
class KioskObserver {
 public:
  virtual ~KioskObserver() = default;
  /// A guest came or went, its phase changed, or another one is shown.
  virtual void onGuests(const Guests& /*guests*/) {}
  /// A new picture of the shown guest is on the panel. `age`: since the guest drew the stamp in it
  /// (surface/stamp.h); nothing without a stamp, or when it was shown before.
  virtual void onShown(const Guest& /*guest*/, std::optional<base::Duration> /*age*/) {}
};

}  // namespace lucarne::kiosk
