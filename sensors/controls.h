// SPDX-License-Identifier: Apache-2.0
// What a person may change through the dashboard, the API or MQTT: the panel's brightness and the
// lock of its rotation.
#pragma once

#include "sensors/auto_brightness.h"
#include "sensors/station.h"

namespace lucarne::sensors {

class Controls {
 public:
  /// Both outlive the controls.
  Controls(Station& station, AutoBrightness& brightness)
      : station_(station), brightness_(brightness) {}

  AutoBrightness& brightness() { return brightness_; }
  const AutoBrightness& brightness() const { return brightness_; }

  /// While locked "orientation/summary" keeps what it says.
  void lockRotation(bool locked) { station_.freeze("orientation", locked); }
  bool rotationLocked() const { return station_.frozen("orientation"); }

 private:
  Station& station_;
  AutoBrightness& brightness_;
};

}  // namespace lucarne::sensors
