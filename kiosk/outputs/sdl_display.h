// SPDX-License-Identifier: Apache-2.0
// SDL's video system and the one window: what both SDL outputs stand on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <SDL.h>

#include "base/c_handle.h"
#include "base/program.h"
#include "kiosk/outputs/display_wakeup.h"
#include "kiosk/outputs/sdl_events.h"
#include "kiosk/outputs/seat_devices.h"
#include "kiosk/outputs/x11_window.h"
#include "kiosk/scene.h"

namespace lucarne::kiosk {

/// SDL_Init and SDL_Quit. One at a time, on the loop's thread. The environment variable
/// SDL_VIDEODRIVER (x11, wayland, kmsdrm, offscreen) chooses the driver.
class SdlVideo {
 public:
  /// Throws SetupError when there is no display, saying what to do.
  SdlVideo();
  ~SdlVideo();
  SdlVideo(const SdlVideo&) = delete;
  SdlVideo& operator=(const SdlVideo&) = delete;

  /// "x11", "wayland", "KMSDRM", "offscreen".
  std::string driver() const;
};

class SdlDisplay {
 public:
  struct Wish {
    std::optional<surface::Size> window;  ///< nothing: full screen
    bool opengl = false;
    bool grabKeyboard = false;  ///< the window manager's own shortcuts go to the guest too
  };

  /// Makes the window; on X11 it is shown from listen() on. Throws SetupError. The context outlives
  /// the display.
  SdlDisplay(std::shared_ptr<const SdlVideo> video, const Wish& wish,
             const base::Context& context);
  ~SdlDisplay();

  /// Whether the display draws the pointer. On KMS it does not: SDL would move it only with devices
  /// that it reads itself, and it makes little of tablets and touch screens there.
  bool drawsPointer() const { return !isConsole_; }

  SDL_Window* window() const { return window_.get(); }
  base::Duration refreshPeriod() const;

  /// Events go to `events`, which outlives this, from now on, and the window is shown. `pixels` says
  /// how large the panel is:
  /// SDL's points are not always pixels.
  void listen(PanelEvents& events, std::function<surface::Size()> pixels);

  /// Call after anything that may have talked with the display server: it may have read events
  /// into SDL's own queue, where no descriptor shows them.
  void drainSoon();

  void setPointer(const Image& shape, surface::PanelPoint hotspot);

  std::string clipboard();
  void setClipboard(const std::string& text);

 private:
  void onWake();
  void drain();
  void updateSizes();
  void askToBeShown();
  void onShown();

  // Shared by the displays tried one after the other; first, so that SDL_Quit comes last.
  std::shared_ptr<const SdlVideo> video_;
  const base::Context& context_;
  base::CHandle<SDL_Window, SDL_DestroyWindow> window_;
  base::CHandle<SDL_Cursor, SDL_FreeCursor> cursor_;
  std::optional<X11Window> x11_;
  std::function<surface::Size()> pixels_;
  std::optional<SdlEvents> events_;
  PanelEvents* target_ = nullptr;
  const bool isConsole_;
  std::optional<DisplayWakeup> wakeup_;
  std::optional<SeatDevices> devices_;  // on a console, instead of SDL's own input
  base::Timer soon_;
  base::Timer settle_;
  base::Timer unshown_;  // until the X server first shows the window
};

}  // namespace lucarne::kiosk
