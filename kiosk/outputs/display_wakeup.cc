// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/display_wakeup.h"

#include <memory>

#include <SDL.h>
#include <SDL_syswm.h>

#include "base/c_handle.h"

namespace lucarne::kiosk {

namespace {

// libwayland-client is loaded by SDL, not linked: it is asked for the same way.
int waylandFd([[maybe_unused]] const SDL_SysWMinfo& info) {
#if defined(SDL_VIDEO_DRIVER_WAYLAND)
  const base::CHandle<void, SDL_UnloadObject> library(SDL_LoadObject("libwayland-client.so.0"));
  if (!library) return -1;
  using GetFd = int (*)(wl_display*);
  const auto getFd =
      reinterpret_cast<GetFd>(SDL_LoadFunction(library.get(), "wl_display_get_fd"));
  return getFd ? getFd(info.info.wl.display) : -1;
#else
  return -1;
#endif
}

}  // namespace

DisplayWakeup::DisplayWakeup(SDL_Window* window, const base::Context& context,
                             std::function<void()> onWake)
    : context_(context), onWake_(std::move(onWake)) {
  SDL_SysWMinfo info;
  SDL_VERSION(&info.version);
  const bool known = SDL_GetWindowWMInfo(window, &info) == SDL_TRUE;
#if defined(SDL_VIDEO_DRIVER_X11)
  if (known && info.subsystem == SDL_SYSWM_X11) {
    watchConnection(ConnectionNumber(info.info.x11.display), "X connection");  // a macro
  }
#endif
  if (known && info.subsystem == SDL_SYSWM_WAYLAND) {
    watchConnection(waylandFd(info), "Wayland connection");
  }
}

void DisplayWakeup::watchConnection(int fd, const char* what) {
  if (fd < 0) return;
  what_ = what;
  connection_ = context_.loop.watchBorrowed(fd, base::Interest::Read,
                                            [this](base::Readiness) { onWake_(); });
}

}  // namespace lucarne::kiosk
