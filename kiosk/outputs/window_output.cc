// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/window_output.h"

#include <vector>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::Rect;
using surface::Size;

namespace {

// SDL would otherwise put a GL renderer under the window's memory; where there is no other way
// (KMS, Wayland) it must.
void chooseWindowMemory(const std::string& driver) {
  const bool hasOwn = driver == "x11" || driver == "offscreen" || driver == "dummy";
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, hasOwn ? "0" : "1");
}

SDL_Rect toSdl(const Rect& r) { return {r.x, r.y, r.width, r.height}; }

Rect boundsOf(const SDL_Surface& surface) { return {0, 0, surface.w, surface.h}; }

}  // namespace

WindowOutput::WindowOutput(const std::shared_ptr<const SdlVideo>& video,
                           const SdlDisplay::Wish& wish, const base::Context& context)
    : display_(video, wish, context),
      complaints_(context.log, context.clock),
      words_(fmt::format("{}, software", video->driver())) {
  chooseWindowMemory(video->driver());
  if (!SDL_GetWindowSurface(display_.window())) {
    throw base::SetupError(fmt::format("paint into the window: {}; try --renderer opengl",
                                       SDL_GetError()));
  }
}

Size WindowOutput::size() const {
  Size size;
  SDL_GetWindowSize(display_.window(), &size.width, &size.height);
  return size;
}

std::unique_ptr<StoredPicture> WindowOutput::store(Size size) {
  return std::make_unique<MemoryPicture>(size);
}

void WindowOutput::present(const Scene& scene, const Damage& changed) {
  SDL_Surface* target = SDL_GetWindowSurface(display_.window());
  if (!target) {
    complaints_.warning("paint into the window: {}", SDL_GetError());
    return;
  }
  paint(*target, scene, changed);
  std::vector<SDL_Rect> rects;
  for (const Rect& r : changed.rects()) {
    if (const Rect part = intersect(r, boundsOf(*target)); !part.empty()) {
      rects.push_back(toSdl(part));
    }
  }
  if (!rects.empty() && SDL_UpdateWindowSurfaceRects(display_.window(), rects.data(),
                                                     static_cast<int>(rects.size())) != 0) {
    complaints_.warning("show the window: {}", SDL_GetError());
  }
  display_.drainSoon();
}

void WindowOutput::paint(SDL_Surface& target, const Scene& scene, const Damage& changed) {
  const Size size{target.w, target.h};
  const Uint32 format = target.format->format;
  if (format == SDL_PIXELFORMAT_RGB888 || format == SDL_PIXELFORMAT_ARGB8888) {
    paintScene(scene, {static_cast<surface::Pixel*>(target.pixels), size, target.pitch}, changed);
    return;
  }
  if (converted_.size != size) {
    converted_ = Image(size);
    paintScene(scene, converted_.frame(), Damage(Rect::of(size)));
  } else {
    paintScene(scene, converted_.frame(), changed);
  }
  const base::CHandle<SDL_Surface, SDL_FreeSurface> ours(SDL_CreateRGBSurfaceWithFormatFrom(
      converted_.pixels.data(), size.width, size.height, 32, size.width * 4,
      SDL_PIXELFORMAT_RGB888));
  for (const Rect& r : changed.rects()) {
    SDL_Rect part = toSdl(r);
    SDL_Rect place = part;
    SDL_BlitSurface(ours.get(), &part, &target, &place);
  }
}

Image WindowOutput::capture(const Scene& scene) { return paintedScene(scene, size()); }

void WindowOutput::setPointer(const Image& shape, surface::PanelPoint hotspot) {
  display_.setPointer(shape, hotspot);
}

void WindowOutput::listen(PanelEvents& events) {
  display_.listen(events, [this] { return size(); });
}

}  // namespace lucarne::kiosk
