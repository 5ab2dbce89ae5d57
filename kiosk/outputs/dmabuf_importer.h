// SPDX-License-Identifier: Apache-2.0
// Lets SDL's OpenGL renderer read a guest's dma-buf where it lies: the buffer becomes an EGLImage, that
// the storage of a texture of the renderer's.
//
// Facts from EGL_EXT_image_dma_buf_import, EGL_EXT_image_dma_buf_import_modifiers, GL_OES_EGL_image
// and EGL_KHR_fence_sync. All calls on the renderer's thread, with no other context current.
#pragma once

#include <memory>
#include <vector>

#include <SDL.h>

#include "base/c_handle.h"
#include "base/result.h"
#include "surface/dmabuf.h"

namespace lucarne::kiosk {

class DmabufImporter {
 public:
  /// For the renderer that is current. Failure: why it cannot import.
  static base::Result<std::unique_ptr<DmabufImporter>> create(SDL_Renderer* renderer);
  ~DmabufImporter();
  DmabufImporter(const DmabufImporter&) = delete;
  DmabufImporter& operator=(const DmabufImporter&) = delete;

  /// What the GPU says it reads, of the formats that we show.
  const std::vector<surface::DmabufFormat>& formats() const { return formats_; }

  /// A texture that is the whole buffer, as it lies in memory, with what is in it now. Valid until
  /// dropUnused or the end of `dmabuf`. Failure: the driver does not take it.
  base::Result<SDL_Texture*> textureOf(const std::shared_ptr<const surface::Dmabuf>& dmabuf);

  /// Waits until the GPU has read what it was told to draw, but not for long: a GPU that hangs does
  /// not stop the kiosk.
  void finish();

  /// Lets go of buffers that nobody else holds any more.
  void dropUnused();

 private:
  struct Egl;
  struct Import {
    std::weak_ptr<const surface::Dmabuf> dmabuf;
    void* image = nullptr;  // EGLImageKHR
    base::CHandle<SDL_Texture, SDL_DestroyTexture> texture;
  };

  DmabufImporter(SDL_Renderer* renderer, std::unique_ptr<const Egl> egl);
  base::Result<void> bind(const Import& import);
  void destroy(Import& import);

  SDL_Renderer* renderer_;
  std::unique_ptr<const Egl> egl_;
  std::vector<surface::DmabufFormat> formats_;
  std::vector<Import> imports_;  // a few: one for each buffer that a guest's card takes in turns
};

}  // namespace lucarne::kiosk
