// SPDX-License-Identifier: Apache-2.0
// What happens at the panel, before anybody knows which guest it is for.
#pragma once

#include <cstdint>
#include <variant>

#include "surface/input_event.h"

namespace lucarne::kiosk {

/// The pointer is here now; may lie beyond the panel while a button is held.
struct PanelPointerMoved {
  surface::PanelPoint at;
  friend bool operator==(const PanelPointerMoved&, const PanelPointerMoved&) = default;
};

/// `at` is the last known place for Up and Cancelled.
struct PanelTouch {
  std::uint8_t slot = 0;
  surface::TouchPhase phase = surface::TouchPhase::Down;
  surface::PanelPoint at;
  friend bool operator==(const PanelTouch&, const PanelTouch&) = default;
};

/// Keys, buttons and wheel need no turning and pass as they are.
using PanelInput = std::variant<PanelPointerMoved, PanelTouch, surface::PointerButton,
                                surface::Wheel, surface::Key>;

/// Who wants to know. All calls from the loop.
class PanelEvents {
 public:
  virtual ~PanelEvents() = default;
  virtual void onPanelInput(const PanelInput& input) = 0;
  /// A mouse moved by so many pixels, as the hand sees it: +x is the right of the picture, however
  /// it is turned on the panel.
  virtual void onPanelNudge(int dx, int dy) = 0;
  /// What came in together has been delivered: motion that was held back can go.
  virtual void onPanelInputEnd() = 0;
  virtual void onPanelFocus(bool focused) = 0;
  /// size() has changed, or the display lost what it showed: draw everything again.
  virtual void onPanelResized() = 0;
  virtual void onPanelExposed() = 0;
  /// The person closed the window, or the display is gone.
  virtual void onPanelClosed() = 0;
  /// Something else was copied on the desktop: Output::clipboard().
  virtual void onPanelClipboard() {}
};

}  // namespace lucarne::kiosk
