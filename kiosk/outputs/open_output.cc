// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/open_output.h"

#include <dirent.h>
#include <unistd.h>

#include <string_view>

#include "base/c_handle.h"
#include "base/result.h"
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

SdlDisplay::Wish wishFrom(const Settings& settings, bool opengl) {
  return {.window = settings.window, .opengl = opengl, .grabKeyboard = settings.grabKeyboard};
}

std::unique_ptr<RendererOutput> openRenderer(const Video& video, const char* driver,
                                             const Settings& settings,
                                             const base::Context& context) {
  return std::make_unique<RendererOutput>(video, driver, wishFrom(settings, true), context);
}

// A GPU that can be used, or nothing.
std::unique_ptr<Output> openGpu(const Video& video, const Settings& settings,
                                const base::Context& context) {
  for (const char* driver : {"opengl", "opengles2"}) {
    try {
      auto output = openRenderer(video, driver, settings, context);
      if (!output->isEmulated()) return output;
      context.log.debug("{}: emulated by the processor, painting ourselves", output->words());
      return nullptr;
    } catch (const base::SetupError& failure) {
      context.log.debug("{}", failure.what());
    }
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Output> openOutput(const Settings& settings, const base::Context& context) {
  if (settings.headless) return std::make_unique<HeadlessOutput>(*settings.headless);
  const auto video = std::make_shared<const SdlVideo>();
  switch (settings.renderer) {
    case RendererChoice::OpenGl:
      return openRenderer(video, "opengl", settings, context);
    case RendererChoice::OpenGlEs:
      return openRenderer(video, "opengles2", settings, context);
    case RendererChoice::Auto:
      if (!mayHaveGpu()) break;
      if (auto gpu = openGpu(video, settings, context)) return gpu;
      break;
    case RendererChoice::Software:
      break;
  }
  return std::make_unique<WindowOutput>(video, wishFrom(settings, false), context);
}

}  // namespace lucarne::kiosk
