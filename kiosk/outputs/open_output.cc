// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/open_output.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/c_handle.h"
#include "base/result.h"
#include "kiosk/outputs/drm/drm_output.h"
#include "kiosk/outputs/headless_output.h"
#include "kiosk/outputs/renderer_output.h"
#include "kiosk/outputs/window_output.h"

namespace lucarne::kiosk {

namespace {

using Video = std::shared_ptr<const SdlVideo>;

// Asking OpenGL loads Mesa's software renderer where there is no GPU: 70 MiB and half a dozen
// threads. So it is asked only where the kernel (or a vendor's own driver) has a GPU.
bool mayHaveGpu() {
  if (::access("/dev/nvidiactl", F_OK) == 0 || ::access("/dev/mali0", F_OK) == 0) return true;
  const base::CHandle<DIR, ::closedir> folder(::opendir("/dev/dri"));
  if (!folder) return false;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (std::string_view(entry->d_name).starts_with("renderD")) return true;
  }
  return false;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// No display server to ask, and nobody wants another.
bool isOnConsole() {
  if (const auto driver = variable("SDL_VIDEODRIVER"); !driver.empty()) return driver == "kmsdrm";
  return variable("DISPLAY").empty() && variable("WAYLAND_DISPLAY").empty() &&
         variable("WAYLAND_SOCKET").empty();
}

SdlDisplay::Wish wishFrom(const Settings& settings, bool opengl) {
  return {.window = settings.window, .opengl = opengl, .grabKeyboard = settings.grabKeyboard};
}

// On X11 by EGL, which reads guests' dma-bufs, else by GLX. Elsewhere there is only EGL.
std::unique_ptr<RendererOutput> openRenderer(const char* driver, const Settings& settings,
                                             const base::Context& context) {
  const auto open = [&](const Video& video) {
    return std::make_unique<RendererOutput>(video, driver, wishFrom(settings, true), context);
  };
  auto video = std::make_shared<const SdlVideo>();
  if (video->driver() == "x11") {
    SDL_SetHint(SDL_HINT_VIDEO_X11_FORCE_EGL, "1");
    try {
      return open(video);
    } catch (const base::SetupError& failure) {
      context.log.debug("{}", failure.what());
    }
    SDL_SetHint(SDL_HINT_VIDEO_X11_FORCE_EGL, "0");
    video.reset();
    video = std::make_shared<const SdlVideo>();
  }
  return open(video);
}

// A GPU that can be used, or nothing.
std::unique_ptr<Output> openGpu(const Settings& settings, const base::Context& context) {
  if (!mayHaveGpu()) return nullptr;
  for (const char* driver : {"opengl", "opengles2"}) {
    try {
      auto output = openRenderer(driver, settings, context);
      if (!output->isEmulated()) return output;
      context.log.debug("{}: emulated by the processor, painting ourselves", output->words());
      return nullptr;
    } catch (const base::SetupError& failure) {
      context.log.debug("{}", failure.what());
    }
  }
  return nullptr;
}

std::unique_ptr<Output> openPainted(const Settings& settings, const base::Context& context) {
  if (isOnConsole()) return std::make_unique<DrmOutput>(context);
  return std::make_unique<WindowOutput>(std::make_shared<const SdlVideo>(),
                                        wishFrom(settings, false), context);
}

}  // namespace

std::unique_ptr<Output> openOutput(const Settings& settings, const base::Context& context) {
  if (settings.headless) return std::make_unique<HeadlessOutput>(*settings.headless);
  switch (settings.renderer) {
    case RendererChoice::OpenGl:
      return openRenderer("opengl", settings, context);
    case RendererChoice::OpenGlEs:
      return openRenderer("opengles2", settings, context);
    case RendererChoice::Auto:
      if (auto gpu = openGpu(settings, context)) return gpu;
      break;
    case RendererChoice::Software:
      break;
  }
  return openPainted(settings, context);
}

}  // namespace lucarne::kiosk
