// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/egl_library.h"

#include <algorithm>
#include <array>

namespace lucarne::kiosk {

namespace {

// More modifiers than any driver has for a format.
constexpr EGLint kMaxModifiers = 32;
constexpr EGLint kMaxFourccs = 256;

}  // namespace

std::optional<EglLibrary> EglLibrary::load() {
  base::CHandle<void, SDL_UnloadObject> library(SDL_LoadObject("libEGL.so.1"));
  if (!library) return std::nullopt;
  EglLibrary egl(std::move(library));
  if (!egl.getProcAddress_) return std::nullopt;
  return egl;
}

EglLibrary::EglLibrary(base::CHandle<void, SDL_UnloadObject> library)
    : library_(std::move(library)),
      getProcAddress_(
          reinterpret_cast<GetProcAddress>(SDL_LoadFunction(library_.get(), "eglGetProcAddress"))) {}

void* EglLibrary::findAny(const char* name) const {
  // Not every EGL answers eglGetProcAddress for its core functions.
  void* found = SDL_LoadFunction(library_.get(), name);
  return found ? found : getProcAddress_(name);
}

bool EglLibrary::has(EGLDisplay display, std::string_view extension) const {
  const auto query = find<const char* (*)(EGLDisplay, EGLint)>("eglQueryString");
  const char* text = query ? query(display, EGL_EXTENSIONS) : nullptr;
  if (!text) return false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == extension) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

EGLDisplay EglLibrary::currentDisplay() const {
  const auto current = find<EGLDisplay (*)()>("eglGetCurrentDisplay");
  return current ? current() : EGL_NO_DISPLAY;
}

std::vector<surface::DmabufFormat> EglLibrary::dmabufFormats(EGLDisplay display) const {
  if (!has(display, "EGL_EXT_image_dma_buf_import")) return {};
  std::vector<surface::DmabufFormat> formats;
  const auto fourccs = find<PFNEGLQUERYDMABUFFORMATSEXTPROC>("eglQueryDmaBufFormatsEXT");
  const auto modifiers = find<PFNEGLQUERYDMABUFMODIFIERSEXTPROC>("eglQueryDmaBufModifiersEXT");
  const bool asks =
      fourccs && modifiers && has(display, "EGL_EXT_image_dma_buf_import_modifiers");
  std::array<EGLint, kMaxFourccs> known{};
  EGLint count = 0;
  if (asks) fourccs(display, kMaxFourccs, known.data(), &count);
  for (const std::uint32_t fourcc : surface::shownFourccs()) {
    const auto end = known.begin() + std::clamp(count, 0, kMaxFourccs);
    const bool isKnown = std::find(known.begin(), end, static_cast<EGLint>(fourcc)) != end;
    if (asks && !isKnown) continue;
    formats.push_back({fourcc, surface::kModifierUnsaid});
    if (!asks) continue;
    std::array<EGLuint64KHR, kMaxModifiers> found{};
    std::array<EGLBoolean, kMaxModifiers> externalOnly{};
    EGLint many = 0;
    modifiers(display, static_cast<EGLint>(fourcc), kMaxModifiers, found.data(),
              externalOnly.data(), &many);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::clamp(many, 0, kMaxModifiers)); ++i) {
      // "External only" ones cannot be the storage of an ordinary texture.
      if (!externalOnly[i]) formats.push_back({fourcc, found[i]});
    }
  }
  return formats;
}

}  // namespace lucarne::kiosk
