// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/x11_window.h"

#include <utility>

#include <SDL_syswm.h>

namespace lucarne::kiosk {

#if defined(SDL_VIDEO_DRIVER_X11)

namespace {

Display* displayOf(void* display) { return static_cast<Display*>(display); }

int ignoreError(Display*, XErrorEvent*) { return 0; }

}  // namespace

std::optional<X11Window> X11Window::of(SDL_Window* window) {
  SDL_SysWMinfo info;
  SDL_VERSION(&info.version);
  if (SDL_GetWindowWMInfo(window, &info) != SDL_TRUE || info.subsystem != SDL_SYSWM_X11) {
    return std::nullopt;
  }
  base::CHandle<void, SDL_UnloadObject> library(SDL_LoadObject("libX11.so.6"));
  if (!library) return std::nullopt;
  return X11Window(std::move(library), info.info.x11.display, info.info.x11.window);
}

void X11Window::fillScreen() const {
  const auto internAtom = find<decltype(XInternAtom)>("XInternAtom");
  const auto changeProperty = find<decltype(XChangeProperty)>("XChangeProperty");
  if (!internAtom || !changeProperty) return;
  Display* display = displayOf(display_);
  const Atom state = internAtom(display, "_NET_WM_STATE", False);
  const Atom fullScreen = internAtom(display, "_NET_WM_STATE_FULLSCREEN", False);
  changeProperty(display, window_, state, XA_ATOM, 32, PropModeReplace,
                 reinterpret_cast<const unsigned char*>(&fullScreen), 1);
}

void X11Window::map() const {
  const auto mapRaised = find<decltype(XMapRaised)>("XMapRaised");
  const auto flush = find<decltype(XFlush)>("XFlush");
  if (!mapRaised || !flush) return;
  mapRaised(displayOf(display_), window_);
  flush(displayOf(display_));
}

// A window manager that starts may take the window off the screen for a moment, which makes this an
// error, and Xlib's own answer to an error is to end the program.
void X11Window::takeKeyboard() const {
  const auto setInputFocus = find<decltype(XSetInputFocus)>("XSetInputFocus");
  const auto setErrorHandler = find<decltype(XSetErrorHandler)>("XSetErrorHandler");
  const auto sync = find<decltype(XSync)>("XSync");
  if (!setInputFocus || !setErrorHandler || !sync || isManaged()) return;
  const auto before = setErrorHandler(ignoreError);
  setInputFocus(displayOf(display_), window_, RevertToNone, CurrentTime);
  sync(displayOf(display_), False);
  setErrorHandler(before);
}

// EWMH: a window manager keeps _NET_SUPPORTING_WM_CHECK on the root window.
bool X11Window::isManaged() const {
  const auto internAtom = find<decltype(XInternAtom)>("XInternAtom");
  const auto getProperty = find<decltype(XGetWindowProperty)>("XGetWindowProperty");
  const auto freeData = find<decltype(XFree)>("XFree");
  if (!internAtom || !getProperty || !freeData) return false;
  Display* display = displayOf(display_);
  const Atom check = internAtom(display, "_NET_SUPPORTING_WM_CHECK", False);
  Atom type = 0;
  int format = 0;
  unsigned long count = 0;
  unsigned long left = 0;
  unsigned char* data = nullptr;
  const int failed = getProperty(display, DefaultRootWindow(display), check, 0, 1, False, XA_WINDOW,
                                 &type, &format, &count, &left, &data);
  if (data) freeData(data);
  return !failed && type == XA_WINDOW && count > 0;
}

#else

std::optional<X11Window> X11Window::of(SDL_Window*) { return std::nullopt; }
void X11Window::fillScreen() const {}
void X11Window::map() const {}
void X11Window::takeKeyboard() const {}
bool X11Window::isManaged() const { return false; }

#endif

}  // namespace lucarne::kiosk
