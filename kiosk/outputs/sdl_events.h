// SPDX-License-Identifier: Apache-2.0
// From SDL's events to what happens at the panel. No window is needed: tests feed it events.
#pragma once

#include <array>
#include <optional>

#include <SDL_events.h>

#include "kiosk/panel_event.h"

namespace lucarne::kiosk {

class SdlEvents {
 public:
  /// `target` outlives this.
  explicit SdlEvents(PanelEvents& target) : target_(target) {}

  /// How SDL counts the window (points) and what the panel has (pixels): more than one pixel a
  /// point on Wayland with a scale.
  void setSizes(surface::Size points, surface::Size pixels);

  /// Passes one event on. Key repeats are dropped (the guest repeats by itself), and so are mouse
  /// events that SDL makes from touches.
  void translate(const SDL_Event& event);

  /// Forgets fingers that are down, cancelling them.
  void cancelTouches();

 private:
  void onKey(const SDL_KeyboardEvent& key);
  void onButton(const SDL_MouseButtonEvent& button);
  void onWheel(const SDL_MouseWheelEvent& wheel);
  void onFinger(const SDL_TouchFingerEvent& finger, surface::TouchPhase phase);
  void onWindow(const SDL_WindowEvent& window);
  surface::PanelPoint toPanel(int x, int y) const;

  struct Finger {
    SDL_TouchID device;
    SDL_FingerID id;
    surface::PanelPoint at;
  };

  PanelEvents& target_;
  surface::Size points_{1, 1};
  surface::Size pixels_{1, 1};
  std::array<std::optional<Finger>, surface::kMaxTouchSlots> fingers_;
};

}  // namespace lucarne::kiosk
