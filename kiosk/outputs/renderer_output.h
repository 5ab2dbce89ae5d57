// SPDX-License-Identifier: Apache-2.0
// The panel through SDL's renderer (OpenGL, GLES): each guest is a texture that is turned and
// scaled while it is drawn. Where EGL allows it, the GPU copies a guest's dma-buf into its texture:
// that costs it less than a millisecond, and the last picture is the kiosk's own whatever the guest
// does with its buffer next (docs/decisions/dmabuf-import.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "kiosk/output.h"
#include "kiosk/outputs/dmabuf_importer.h"
#include "kiosk/outputs/sdl_display.h"

namespace lucarne::kiosk {

class RendererOutput final : public Output {
 public:
  /// `driver` is SDL's name of a renderer ("opengl", "opengles2"). Throws SetupError when there is
  /// no such renderer here. The context outlives the output.
  RendererOutput(const std::shared_ptr<const SdlVideo>& video, const std::string& driver,
                 const SdlDisplay::Wish& wish, const base::Context& context);
  ~RendererOutput() override;

  /// The processor does the GPU's work (llvmpipe, softpipe, SwiftShader): our own painting is
  /// several times faster.
  bool isEmulated() const { return emulated_; }

  surface::Size size() const override;
  std::string words() const override { return words_; }
  base::Duration refreshPeriod() const override { return display_.refreshPeriod(); }
  std::unique_ptr<StoredPicture> store(surface::Size size) override;
  std::vector<surface::DmabufFormat> imports() const override;
  void present(const Scene& scene, const surface::Damage& changed) override;
  Image capture(const Scene& scene) override;
  bool drawsPointer() const override { return display_.drawsPointer(); }
  std::string clipboard() override { return display_.clipboard(); }
  void setClipboard(const std::string& text) override { display_.setClipboard(text); }
  void setPointer(const Image& shape, surface::PanelPoint hotspot) override;
  void listen(PanelEvents& events) override;

 private:
  using Texture = base::CHandle<SDL_Texture, SDL_DestroyTexture>;
  struct CachedImage {
    std::shared_ptr<const Image> image;  // kept alive so that its address is its name
    Texture texture;
    bool used = false;
  };

  void draw(const Scene& scene);
  void drawPicture(const PlacedPicture& placed);
  SDL_Texture* textureOf(const std::shared_ptr<const Image>& image);
  void dropUnused();

  SdlDisplay display_;
  base::LimitedLog complaints_;
  base::CHandle<SDL_Renderer, SDL_DestroyRenderer> renderer_;
  std::string words_;
  bool emulated_ = false;
  surface::Size maxTexture_;
  std::vector<CachedImage> cache_;
  std::unique_ptr<DmabufImporter> importer_;  // nullptr: this renderer cannot
};

}  // namespace lucarne::kiosk
