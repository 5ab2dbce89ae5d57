// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/display_wakeup.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <memory>

#include <fmt/format.h>

#include <SDL.h>
#include <SDL_syswm.h>

#include "base/c_handle.h"

namespace lucarne::kiosk {

namespace {

constexpr const char* kInputFolder = "/dev/input";

// udev gives a new device its rights and SDL hears of it a moment after the node appears.
constexpr auto kDeviceSettle = std::chrono::milliseconds(500);

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

// Reads and throws away; false when the device is gone.
bool readAway(int fd) {
  std::array<char, 4096> junk;
  for (;;) {
    const ssize_t got = ::read(fd, junk.data(), junk.size());
    if (got > 0) continue;
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
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
  if (std::string_view(SDL_GetCurrentVideoDriver()) == "KMSDRM") watchInputDevices();
}

std::string DisplayWakeup::words() const {
  return devices_.empty() ? what_ : fmt::format("{} input devices", devices_.size());
}

void DisplayWakeup::watchConnection(int fd, const char* what) {
  if (fd < 0) return;
  what_ = what;
  connection_ = context_.loop.watchBorrowed(fd, base::Interest::Read,
                                            [this](base::Readiness) { onWake_(); });
}

void DisplayWakeup::watchInputDevices() {
  folder_ = base::UniqueFd::adopt(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (folder_ && ::inotify_add_watch(folder_.get(), kInputFolder, IN_CREATE | IN_ATTRIB) >= 0) {
    folderWatch_ = context_.loop.watch(folder_, base::Interest::Read, [this](base::Readiness) {
      readAway(folder_.get());
      settle_ = context_.loop.after(kDeviceSettle, [this] {
        openInputDevices();
        onWake_();
      });
    });
  }
  openInputDevices();
}

void DisplayWakeup::openInputDevices() {
  const base::CHandle<DIR, ::closedir> folder(::opendir(kInputFolder));
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    const std::string path = fmt::format("{}/{}", kInputFolder, name);
    if (!name.starts_with("event") || devices_.contains(path)) continue;
    auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) continue;  // no rights yet: another attempt when udev changes them (IN_ATTRIB)
    Device& device = devices_[path];
    device.fd = std::move(fd);
    device.watch = context_.loop.watch(device.fd, base::Interest::Read,
                                       [this, path](base::Readiness) { drain(path); });
  }
}

void DisplayWakeup::drain(const std::string& path) {
  const std::string gone = path;  // the path dies with the device's watch
  if (!readAway(devices_.at(gone).fd.get())) devices_.erase(gone);
  onWake_();
}

}  // namespace lucarne::kiosk
