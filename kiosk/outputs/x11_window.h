// SPDX-License-Identifier: Apache-2.0
// Putting SDL's window on an X screen while a window manager may be starting.
//
// A window manager that starts takes the mapping of windows over (SubstructureRedirect) and then looks
// at the windows that are there; what is asked for in between is lost with some of them (openbox 3.6).
// SDL 2.26 asks once, in SDL_CreateWindow and SDL_ShowWindow, and waits for the answer for ever. So the
// window is made hidden and asked for here, again and again until SDL hears that it is shown; SDL's
// two functions that would wait are left alone.
#pragma once

#include <optional>

#include <SDL.h>

#include "base/c_handle.h"

namespace lucarne::kiosk {

class X11Window {
 public:
  /// Nothing when the window is not one of X11's. The window outlives this.
  static std::optional<X11Window> of(SDL_Window* window);

  /// Notes on the window that it is to fill the screen (EWMH: _NET_WM_STATE): whichever window manager
  /// comes to manage it, now or later, reads that. Before the first map().
  void fillScreen() const;

  /// Asks for the window to be shown, in front. Changes nothing when it is.
  void map() const;

  /// Gives it the keyboard where no window manager is there to do so. Once it is shown.
  void takeKeyboard() const;

 private:
  X11Window(base::CHandle<void, SDL_UnloadObject> library, void* display, unsigned long window)
      : library_(std::move(library)), display_(display), window_(window) {}

  // libX11 is loaded by SDL, not linked: it is asked for the same way.
  template <typename Function>
  Function* find(const char* name) const {
    return reinterpret_cast<Function*>(SDL_LoadFunction(library_.get(), name));
  }
  bool isManaged() const;

  base::CHandle<void, SDL_UnloadObject> library_;
  void* display_;         // Display*, SDL's: Xlib's macros stay out of headers
  unsigned long window_;  // Window
};

}  // namespace lucarne::kiosk
