// SPDX-License-Identifier: Apache-2.0
// libEGL as SDL uses it: loaded when it is there, never linked. Types and constants are those of the
// EGL headers that come with SDL.
#pragma once

#define SDL_USE_BUILTIN_OPENGL_DEFINITIONS
#include <SDL_egl.h>

#include <optional>
#include <string_view>
#include <vector>

#include <SDL.h>

#include "base/c_handle.h"
#include "surface/dmabuf.h"

namespace lucarne::kiosk {

class EglLibrary {
 public:
  /// Nothing where there is no EGL.
  static std::optional<EglLibrary> load();

  /// A function of EGL or of one of its extensions; nullptr when there is none.
  template <typename Function>
  Function find(const char* name) const {
    return reinterpret_cast<Function>(findAny(name));
  }
  /// Whether the display (EGL_NO_DISPLAY: the library itself) says that it has an extension.
  bool has(EGLDisplay display, std::string_view extension) const;
  EGLDisplay currentDisplay() const;
  /// The formats and modifiers that the display's GPU reads from dma-bufs, of those that we show. One
  /// without modifiers stands for "not said". Empty: it imports none.
  std::vector<surface::DmabufFormat> dmabufFormats(EGLDisplay display) const;

 private:
  explicit EglLibrary(base::CHandle<void, SDL_UnloadObject> library);
  void* findAny(const char* name) const;

  base::CHandle<void, SDL_UnloadObject> library_;
  using GetProcAddress = void* (*)(const char*);
  GetProcAddress getProcAddress_ = nullptr;
};

}  // namespace lucarne::kiosk
