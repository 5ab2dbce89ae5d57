// SPDX-License-Identifier: Apache-2.0
// The guest's pointer shape as it lies on the panel: turned and scaled like the picture.
#pragma once

#include "kiosk/scene.h"
#include "surface/cursor.h"

namespace lucarne::kiosk {

struct PanelPointer {
  Image shape;  ///< empty: hidden
  surface::PanelPoint hotspot;
};

PanelPointer turnedPointer(const surface::Cursor& cursor, const surface::Placement& placement);

}  // namespace lucarne::kiosk
