// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/dmabuf_importer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "kiosk/outputs/egl_library.h"

namespace lucarne::kiosk {

namespace {

using base::Result;
using base::unexpected;
using surface::Dmabuf;

constexpr unsigned kGlTexture2d = 0x0de1;  // GL_TEXTURE_2D, in every GL header
// A hanging GPU is reset by its driver after some seconds; nobody waits for that.
constexpr EGLTimeKHR kFenceNs = 200'000'000;

// Errors of others that GL may still have to tell; a lost context tells one for ever.
constexpr int kMaxGlErrors = 8;

struct PlaneNames {
  EGLint fd, offset, pitch, modifierLow, modifierHigh;
};
constexpr std::array<PlaneNames, surface::kMaxPlanes> kPlaneNames = {{
    {EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
     EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
     EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT,
     EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
    {EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT,
     EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
}};

// A modifier that the driver has not listed is not said: rows are what it assumes then.
std::vector<EGLint> attributesOf(const Dmabuf& dmabuf, bool sayModifier) {
  const surface::DmabufLayout& layout = dmabuf.layout;
  std::vector<EGLint> list = {EGL_WIDTH,
                              layout.buffer.width,
                              EGL_HEIGHT,
                              layout.buffer.height,
                              EGL_LINUX_DRM_FOURCC_EXT,
                              static_cast<EGLint>(layout.format.fourcc)};
  for (std::size_t i = 0; i < dmabuf.fds.size(); ++i) {
    const PlaneNames& name = kPlaneNames[i];
    const surface::DmabufPlane& plane = layout.planes[i];
    list.insert(list.end(), {name.fd, dmabuf.fds[i].get(), name.offset,
                             static_cast<EGLint>(plane.offset), name.pitch,
                             static_cast<EGLint>(plane.strideBytes)});
    if (!sayModifier) continue;
    list.insert(list.end(),
                {name.modifierLow, static_cast<EGLint>(layout.format.modifier & 0xffffffff),
                 name.modifierHigh, static_cast<EGLint>(layout.format.modifier >> 32)});
  }
  list.push_back(EGL_NONE);
  return list;
}

// SDL's GLES renderer swaps red and blue of its ARGB textures in a shader, its GL renderer does not;
// what EGL gives us is in the right order already.
Uint32 textureFormat(SDL_Renderer* renderer) {
  SDL_RendererInfo info{};
  SDL_GetRendererInfo(renderer, &info);
  return info.name == std::string_view("opengl") ? SDL_PIXELFORMAT_ARGB8888
                                                 : SDL_PIXELFORMAT_ABGR8888;
}

}  // namespace

struct DmabufImporter::Egl {
  EglLibrary library;
  EGLDisplay display;
  PFNEGLCREATEIMAGEKHRPROC createImage = nullptr;
  PFNEGLDESTROYIMAGEKHRPROC destroyImage = nullptr;
  PFNEGLCREATESYNCKHRPROC createSync = nullptr;
  PFNEGLCLIENTWAITSYNCKHRPROC waitSync = nullptr;
  PFNEGLDESTROYSYNCKHRPROC destroySync = nullptr;
  EGLint (*error)() = nullptr;
  void (*imageTargetTexture)(unsigned target, void* image) = nullptr;
  unsigned (*glError)() = nullptr;
  void (*glFinish)() = nullptr;

  explicit Egl(EglLibrary loaded)
      : library(std::move(loaded)), display(library.currentDisplay()) {
    createImage = library.find<PFNEGLCREATEIMAGEKHRPROC>("eglCreateImageKHR");
    destroyImage = library.find<PFNEGLDESTROYIMAGEKHRPROC>("eglDestroyImageKHR");
    error = library.find<EGLint (*)()>("eglGetError");
    imageTargetTexture =
        library.find<void (*)(unsigned, void*)>("glEGLImageTargetTexture2DOES");
    glError = reinterpret_cast<unsigned (*)()>(SDL_GL_GetProcAddress("glGetError"));
    glFinish = reinterpret_cast<void (*)()>(SDL_GL_GetProcAddress("glFinish"));
    if (!library.has(display, "EGL_KHR_fence_sync")) return;
    createSync = library.find<PFNEGLCREATESYNCKHRPROC>("eglCreateSyncKHR");
    waitSync = library.find<PFNEGLCLIENTWAITSYNCKHRPROC>("eglClientWaitSyncKHR");
    destroySync = library.find<PFNEGLDESTROYSYNCKHRPROC>("eglDestroySyncKHR");
  }
  bool complete() const {
    return createImage && destroyImage && error && imageTargetTexture && glError && glFinish;
  }
};

Result<std::unique_ptr<DmabufImporter>> DmabufImporter::create(SDL_Renderer* renderer) {
  auto library = EglLibrary::load();
  if (!library) return unexpected("there is no EGL");
  auto egl = std::make_unique<const Egl>(std::move(*library));
  if (egl->display == EGL_NO_DISPLAY) return unexpected("the renderer does not stand on EGL");
  if (!egl->library.has(egl->display, "EGL_EXT_image_dma_buf_import")) {
    return unexpected("EGL has no EGL_EXT_image_dma_buf_import here");
  }
  if (!SDL_GL_ExtensionSupported("GL_OES_EGL_image") || !egl->complete()) {
    return unexpected("OpenGL has no GL_OES_EGL_image here");
  }
  std::unique_ptr<DmabufImporter> importer(new DmabufImporter(renderer, std::move(egl)));
  if (importer->formats_.empty()) return unexpected("EGL imports none of the formats of screens");
  return importer;
}

DmabufImporter::DmabufImporter(SDL_Renderer* renderer, std::unique_ptr<const Egl> egl)
    : renderer_(renderer),
      egl_(std::move(egl)),
      formats_(egl_->library.dmabufFormats(egl_->display)) {}

DmabufImporter::~DmabufImporter() {
  for (Import& import : imports_) destroy(import);
}

void DmabufImporter::destroy(Import& import) {
  import.texture.reset();
  if (import.image) egl_->destroyImage(egl_->display, std::exchange(import.image, nullptr));
}

void DmabufImporter::dropUnused() {
  std::erase_if(imports_, [this](Import& import) {
    if (!import.dmabuf.expired()) return false;
    destroy(import);
    return true;
  });
}

Result<SDL_Texture*> DmabufImporter::textureOf(const std::shared_ptr<const Dmabuf>& dmabuf) {
  dropUnused();
  for (const Import& import : imports_) {
    if (import.dmabuf.lock() != dmabuf) continue;
    // Said again, so that a driver that keeps copies of its own looks at the buffer anew.
    if (auto bound = bind(import); !bound) return unexpected(bound.error().message);
    return import.texture.get();
  }
  const surface::DmabufLayout& layout = dmabuf->layout;
  const bool isListed =
      std::find(formats_.begin(), formats_.end(), layout.format) != formats_.end();
  const bool sayModifier = isListed && layout.format.modifier != surface::kModifierUnsaid;
  Import import;
  import.dmabuf = dmabuf;
  import.image = egl_->createImage(egl_->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, nullptr,
                                   attributesOf(*dmabuf, sayModifier).data());
  if (!import.image) {
    return unexpected(fmt::format("the GPU's driver does not import it (EGL error {:#x})",
                                  egl_->error()));
  }
  import.texture.reset(SDL_CreateTexture(renderer_, textureFormat(renderer_),
                                         SDL_TEXTUREACCESS_STATIC, layout.buffer.width,
                                         layout.buffer.height));
  if (!import.texture) {
    const std::string words = SDL_GetError();
    destroy(import);
    return unexpected(words);
  }
  SDL_SetTextureBlendMode(import.texture.get(), SDL_BLENDMODE_NONE);
  SDL_SetTextureScaleMode(import.texture.get(), SDL_ScaleModeNearest);
  if (auto bound = bind(import); !bound) {
    destroy(import);
    return unexpected(bound.error().message);
  }
  imports_.push_back(std::move(import));
  return imports_.back().texture.get();
}

Result<void> DmabufImporter::bind(const Import& import) {
  float right = 0;
  float bottom = 0;
  if (SDL_GL_BindTexture(import.texture.get(), &right, &bottom) != 0) {
    return unexpected(SDL_GetError());
  }
  // An old OpenGL has other textures for sizes that are no powers of two.
  const bool isOrdinary = right <= 1 && bottom <= 1;
  for (int old = 0; old < kMaxGlErrors && egl_->glError() != 0; ++old) {
  }
  if (isOrdinary) egl_->imageTargetTexture(kGlTexture2d, import.image);
  const unsigned error = egl_->glError();
  SDL_GL_UnbindTexture(import.texture.get());
  if (!isOrdinary || error != 0) {
    return unexpected(fmt::format("no texture can be made of it (OpenGL error {:#x})", error));
  }
  return {};
}

void DmabufImporter::finish() {
  SDL_RenderFlush(renderer_);
  EGLSyncKHR fence =
      egl_->createSync && egl_->waitSync && egl_->destroySync
          ? egl_->createSync(egl_->display, EGL_SYNC_FENCE_KHR, nullptr)
          : EGL_NO_SYNC_KHR;
  if (fence == EGL_NO_SYNC_KHR) return egl_->glFinish();
  egl_->waitSync(egl_->display, fence, EGL_SYNC_FLUSH_COMMANDS_BIT_KHR, kFenceNs);
  egl_->destroySync(egl_->display, fence);
}

}  // namespace lucarne::kiosk
