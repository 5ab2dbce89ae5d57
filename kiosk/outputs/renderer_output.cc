// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/renderer_output.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"
#include "kiosk/outputs/foreign_leaks.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::Rect;
using surface::Rotation;
using surface::Size;

namespace {

SDL_Texture* createTexture(SDL_Renderer* renderer, SDL_TextureAccess access, Size size) {
  SDL_Texture* texture =
      SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ARGB8888, access, size.width, size.height);
  // The fourth byte means nothing.
  if (texture) SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_NONE);
  return texture;
}

SDL_Rect toSdl(const Rect& r) { return {r.x, r.y, r.width, r.height}; }

class TexturePicture final : public StoredPicture {
 public:
  /// The renderer outlives the picture, and so does the importer, if there is one.
  TexturePicture(SDL_Renderer* renderer, DmabufImporter* importer, SDL_Texture* texture, Size size)
      : renderer_(renderer), importer_(importer), texture_(texture), size_(size) {}
  Size size() const override { return size_; }
  void upload(surface::ConstFrame picture, const Damage& damage) override {
    for (const Rect& damaged : damage.rects()) {
      const Rect r = intersect(damaged, Rect::of(size_));
      if (r.empty()) continue;
      const SDL_Rect part{r.x, r.y, r.width, r.height};
      SDL_UpdateTexture(texture_.get(), &part, picture.row(r.y) + r.x, picture.strideBytes);
    }
  }
  base::Result<void> import(const std::shared_ptr<const surface::Dmabuf>& dmabuf,
                            const Damage& damage) override {
    if (!importer_) return StoredPicture::import(dmabuf, damage);
    const auto from = importer_->textureOf(dmabuf);
    if (!from) return base::unexpected(from.error().message);
    if (isTarget_) {
      draw(*from, dmabuf->layout, damage);
      return {};
    }
    // From now on the GPU draws into it.
    Texture fresh(createTexture(renderer_, SDL_TEXTUREACCESS_TARGET, size_));
    if (!fresh) return base::unexpected(SDL_GetError());
    texture_ = std::move(fresh);
    isTarget_ = true;
    draw(*from, dmabuf->layout, Damage(Rect::of(size_)));
    return {};
  }
  Image read(const Rect& r) override {
    const Rect part = intersect(r, Rect::of(size_));
    if (!isTarget_ || part.empty()) return {};
    Image image(part.size());
    const SDL_Rect place = toSdl(part);
    SDL_SetRenderTarget(renderer_, texture_.get());
    const int failed = SDL_RenderReadPixels(renderer_, &place, SDL_PIXELFORMAT_ARGB8888,
                                            image.pixels.data(), part.width * 4);
    SDL_SetRenderTarget(renderer_, nullptr);
    return failed ? Image() : image;
  }
  SDL_Texture* texture() const { return texture_.get(); }

 private:
  using Texture = base::CHandle<SDL_Texture, SDL_DestroyTexture>;

  void draw(SDL_Texture* from, const surface::DmabufLayout& layout, const Damage& damage) {
    SDL_SetRenderTarget(renderer_, texture_.get());
    for (const Rect& damaged : damage.rects()) {
      const Rect r = intersect(damaged, Rect::of(size_));
      if (r.empty()) continue;
      SDL_Rect source{layout.picture.x + r.x, layout.picture.y + r.y, r.width, r.height};
      if (layout.bottomUp) source.y = layout.buffer.height - source.y - source.h;
      const SDL_Rect place = toSdl(r);
      SDL_RenderCopyEx(renderer_, from, &source, &place, 0, nullptr,
                       layout.bottomUp ? SDL_FLIP_VERTICAL : SDL_FLIP_NONE);
    }
    SDL_SetRenderTarget(renderer_, nullptr);
    importer_->finish();
  }

  SDL_Renderer* renderer_;
  DmabufImporter* importer_;
  Texture texture_;
  Size size_;
  bool isTarget_ = false;
};

std::string glRenderer() {
  constexpr unsigned kGlRenderer = 0x1f01;  // GL_RENDERER, in every GL header
  using GetString = const unsigned char* (*)(unsigned);
  if (!SDL_GL_GetCurrentContext()) return "unknown";
  const auto getString = reinterpret_cast<GetString>(SDL_GL_GetProcAddress("glGetString"));
  const unsigned char* name = getString ? getString(kGlRenderer) : nullptr;
  return name ? reinterpret_cast<const char*>(name) : "unknown";
}

bool namesSoftware(std::string_view renderer) {
  constexpr std::array<std::string_view, 4> kSoftware = {"llvmpipe", "softpipe", "SwiftShader",
                                                         "Software Rasterizer"};
  return std::any_of(kSoftware.begin(), kSoftware.end(), [renderer](std::string_view name) {
    return renderer.find(name) != std::string_view::npos;
  });
}

// The picture's corners in the texture, for the place's top left, top right, bottom right, bottom
// left on the panel. A quarter clockwise brings the picture's bottom left to the top left.
std::array<SDL_FPoint, 4> cornersOf(Rotation rotation) {
  constexpr std::array<SDL_FPoint, 4> kUpright = {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  std::array<SDL_FPoint, 4> corners;
  const int turns = static_cast<int>(rotation);
  for (int i = 0; i < 4; ++i) {
    corners[static_cast<std::size_t>(i)] = kUpright[static_cast<std::size_t>((i + 4 - turns) % 4)];
  }
  return corners;
}

}  // namespace

RendererOutput::RendererOutput(const std::shared_ptr<const SdlVideo>& video,
                               const std::string& driver, const SdlDisplay::Wish& wish,
                               const base::Context& context)
    : display_(video, wish, context), complaints_(context.log, context.clock) {
  const ForeignLeaks ignored;
  SDL_SetHintWithPriority(SDL_HINT_RENDER_DRIVER, driver.c_str(), SDL_HINT_OVERRIDE);
  renderer_.reset(SDL_CreateRenderer(display_.window(), -1,
                                     SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC));
  SDL_RendererInfo info{};
  if (!renderer_ || SDL_GetRendererInfo(renderer_.get(), &info) != 0 || driver != info.name) {
    throw base::SetupError(fmt::format("start renderer {} on {}: {}; try --renderer software",
                                       driver, video->driver(), SDL_GetError()));
  }
  const std::string gl = glRenderer();
  emulated_ = namesSoftware(gl);
  words_ = fmt::format("{}, {} ({})", video->driver(), info.name, gl);
  maxTexture_ = {info.max_texture_width, info.max_texture_height};
  if (auto importer = DmabufImporter::create(renderer_.get())) {
    importer_ = std::move(*importer);
    context.log.debug("dma-bufs of guests: imported ({} formats)", importer_->formats().size());
  } else {
    context.log.debug("dma-bufs of guests: not imported: {}", importer.error().message);
  }
}

std::vector<surface::DmabufFormat> RendererOutput::imports() const {
  return importer_ ? importer_->formats() : std::vector<surface::DmabufFormat>();
}

// Textures die before the renderer, the renderer before the window.
RendererOutput::~RendererOutput() { cache_.clear(); }

Size RendererOutput::size() const {
  Size size;
  SDL_GetRendererOutputSize(renderer_.get(), &size.width, &size.height);
  return size;
}

std::unique_ptr<StoredPicture> RendererOutput::store(Size size) {
  if (size.width > maxTexture_.width || size.height > maxTexture_.height) return nullptr;
  SDL_Texture* texture = createTexture(renderer_.get(), SDL_TEXTUREACCESS_STREAMING, size);
  if (!texture) {
    complaints_.warning("a texture of {}x{}: {}", size.width, size.height, SDL_GetError());
    return nullptr;
  }
  return std::make_unique<TexturePicture>(renderer_.get(), importer_.get(), texture, size);
}

void RendererOutput::present(const Scene& scene, const Damage&) {
  draw(scene);
  SDL_RenderPresent(renderer_.get());
  dropUnused();
  if (importer_) importer_->dropUnused();
  display_.drainSoon();
}

Image RendererOutput::capture(const Scene& scene) {
  draw(scene);
  Image shot(size());
  if (SDL_RenderReadPixels(renderer_.get(), nullptr, SDL_PIXELFORMAT_ARGB8888, shot.pixels.data(),
                           shot.size.width * 4) != 0) {
    complaints_.warning("read the panel back: {}", SDL_GetError());
  }
  for (surface::Pixel& p : shot.pixels) p |= 0xff000000;
  return shot;
}

void RendererOutput::draw(const Scene& scene) {
  SDL_Renderer* r = renderer_.get();
  SDL_SetRenderDrawColor(r, kBackground >> 16 & 0xff, kBackground >> 8 & 0xff, kBackground & 0xff,
                         SDL_ALPHA_OPAQUE);
  SDL_RenderClear(r);
  if (scene.picture) drawPicture(*scene.picture);
  for (const Fill& fill : scene.fills) {
    const SDL_Rect rect = toSdl(fill.rect);
    SDL_SetRenderDrawColor(r, fill.colour >> 16 & 0xff, fill.colour >> 8 & 0xff,
                           fill.colour & 0xff, SDL_ALPHA_OPAQUE);
    SDL_RenderFillRect(r, &rect);
  }
  for (const Overlay& overlay : scene.overlays) {
    const SDL_Rect rect = toSdl(overlay.rect());
    if (SDL_Texture* texture = textureOf(overlay.image)) {
      SDL_RenderCopy(r, texture, nullptr, &rect);
    }
  }
}

void RendererOutput::drawPicture(const PlacedPicture& placed) {
  SDL_Texture* texture = static_cast<const TexturePicture&>(*placed.picture).texture();
  SDL_SetTextureScaleMode(texture, isWholeMultiple(placed.placement) ? SDL_ScaleModeNearest
                                                                     : SDL_ScaleModeLinear);
  const Rect& place = placed.placement.picture();
  const auto left = static_cast<float>(place.x);
  const auto top = static_cast<float>(place.y);
  const auto right = static_cast<float>(place.right());
  const auto bottom = static_cast<float>(place.bottom());
  const std::array<SDL_FPoint, 4> at = {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
  const std::array<SDL_FPoint, 4> from = cornersOf(placed.placement.rotation());
  const Uint8 light = placed.dimmed ? 127 : 255;
  std::array<SDL_Vertex, 4> vertices;
  for (std::size_t i = 0; i < 4; ++i) {
    vertices[i] = {at[i], {light, light, light, SDL_ALPHA_OPAQUE}, from[i]};
  }
  constexpr std::array<int, 6> kTriangles = {0, 1, 2, 0, 2, 3};
  SDL_RenderGeometry(renderer_.get(), texture, vertices.data(), 4, kTriangles.data(), 6);
}

SDL_Texture* RendererOutput::textureOf(const std::shared_ptr<const Image>& image) {
  for (CachedImage& cached : cache_) {
    if (cached.image == image) {
      cached.used = true;
      return cached.texture.get();
    }
  }
  Texture texture(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_ARGB8888,
                                    SDL_TEXTUREACCESS_STATIC, image->size.width,
                                    image->size.height));
  if (!texture) return nullptr;
  SDL_UpdateTexture(texture.get(), nullptr, image->pixels.data(), image->size.width * 4);
  SDL_SetTextureBlendMode(texture.get(), SDL_BLENDMODE_BLEND);
  cache_.push_back({image, std::move(texture), true});
  return cache_.back().texture.get();
}

void RendererOutput::dropUnused() {
  std::erase_if(cache_, [](CachedImage& cached) { return !std::exchange(cached.used, false); });
}

void RendererOutput::setPointer(const Image& shape, surface::PanelPoint hotspot) {
  display_.setPointer(shape, hotspot);
}

void RendererOutput::listen(PanelEvents& events) {
  display_.listen(events, [this] { return size(); });
}

}  // namespace lucarne::kiosk
