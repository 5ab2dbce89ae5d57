// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/dmabuf_report.h"

#include <array>

#include <fmt/format.h>

#include "kiosk/outputs/egl_library.h"
#include "kiosk/outputs/foreign_leaks.h"

namespace lucarne::kiosk {

namespace {

constexpr EGLint kMaxDevices = 16;
constexpr const char* kCopied = "dma-buf copy: the relay copies guests' dma-bufs";

std::string lineFor(const EglLibrary& egl, EGLDeviceEXT device) {
  const auto deviceText =
      egl.find<PFNEGLQUERYDEVICESTRINGEXTPROC>("eglQueryDeviceStringEXT");
  const auto platformDisplay =
      egl.find<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  const auto initialize = egl.find<EGLBoolean (*)(EGLDisplay, EGLint*, EGLint*)>("eglInitialize");
  const auto terminate = egl.find<EGLBoolean (*)(EGLDisplay)>("eglTerminate");
  if (!deviceText || !platformDisplay || !initialize || !terminate) return {};
  const char* file = deviceText(device, EGL_DRM_DEVICE_FILE_EXT);
  if (!file) return {};  // EGL's own emulation of a GPU
  const EGLDisplay display = platformDisplay(EGL_PLATFORM_DEVICE_EXT, device, nullptr);
  if (display == EGL_NO_DISPLAY || !initialize(display, nullptr, nullptr)) {
    return fmt::format("{}: {} (EGL does not start on it)\n", file, kCopied);
  }
  const std::size_t formats = egl.dmabufFormats(display).size();
  terminate(display);
  if (formats == 0) return fmt::format("{}: {} (EGL does not import them)\n", file, kCopied);
  return fmt::format("{}: dma-buf import: its renderer reads guests' dma-bufs ({} formats)\n", file,
                     formats);
}

}  // namespace

std::string dmabufReport() {
  const ForeignLeaks ignored;
  const auto egl = EglLibrary::load();
  if (!egl) return fmt::format("no EGL: {}\n", kCopied);
  const auto query = egl->find<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
  std::array<EGLDeviceEXT, kMaxDevices> devices{};
  EGLint count = 0;
  if (!query || !query(kMaxDevices, devices.data(), &count)) count = 0;
  std::string report;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    report += lineFor(*egl, devices[i]);
  }
  return report.empty() ? fmt::format("no GPU: {}\n", kCopied) : report;
}

}  // namespace lucarne::kiosk
