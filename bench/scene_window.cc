// SPDX-License-Identifier: Apache-2.0
#include "bench/scene_window.h"

#include <SDL.h>
#include <fmt/format.h>

#include <vector>

#include "base/result.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  throw base::SetupError(fmt::format("{}: {}; is DISPLAY an X server?", what, SDL_GetError()));
}

}  // namespace

SceneWindow::SceneWindow(std::string_view scene, const base::Clock& clock) : clock_(clock) {
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");  // X's shared memory, no GL
  if (SDL_Init(SDL_INIT_VIDEO) < 0) fail("SDL");
  SDL_DisplayMode mode{};
  if (SDL_GetDesktopDisplayMode(0, &mode) < 0) fail("the screen's size");
  window_.reset(SDL_CreateWindow("scene", 0, 0, mode.w, mode.h, SDL_WINDOW_BORDERLESS));
  if (!window_) fail("a window");
  SDL_ShowCursor(SDL_DISABLE);
  SDL_Surface* surface = SDL_GetWindowSurface(window_.get());
  if (!surface) fail("the window's pixels");
  if (surface->format->BytesPerPixel != 4) fail("a screen of 24 bits a pixel");
  size_ = {surface->w, surface->h};
  frame_ = {static_cast<surface::Pixel*>(surface->pixels), size_, surface->pitch};
  scene_ = createScene(scene, size_);
  scene_->paintFirst(frame_);
  drawStamp(frame_, {0, 0}, {});
  show(surface::Damage(surface::Rect::of(size_)));
}

SceneWindow::~SceneWindow() {
  window_.reset();
  SDL_Quit();
}

void SceneWindow::next() {
  surface::Damage damage = scene_->paintNext(frame_, number_++);
  if (damage.empty()) return;
  ++drawn_;
  const surface::Stamp stamp = stampOf(drawn_, clock_);
  drawStamp(frame_, {0, 0}, stamp);
  if (const auto moving = scene_->movingStamp()) drawStamp(frame_, *moving, stamp);
  damage.add(surface::Rect::of(surface::Stamp::kSize));
  if (echoes_ > 0) drawStamp(frame_, kEchoPlace, echo_);  // a scene may have painted there
  show(damage);
}

void SceneWindow::show(const surface::Damage& damage) {
  std::vector<SDL_Rect> rects;
  for (const surface::Rect& r : damage.rects()) rects.push_back({r.x, r.y, r.width, r.height});
  SDL_UpdateWindowSurfaceRects(window_.get(), rects.data(), static_cast<int>(rects.size()));
}

void SceneWindow::showEchoes() {
  if (size_.width < kEchoWidth) {
    throw base::UsageError(fmt::format("echoes need a screen {} pixels wide", kEchoWidth));
  }
  echoing_ = true;
}

void SceneWindow::takeEvents() {
  SDL_Event event;
  while (SDL_PollEvent(&event)) {
    if (event.type == SDL_KEYDOWN) {
      echo(EchoMark::key(static_cast<std::uint32_t>(event.key.keysym.sym)));
    } else if (event.type == SDL_MOUSEMOTION) {
      echo(EchoMark::pointer({event.motion.x, event.motion.y}));
    } else if (event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_EXPOSED) {
      show(surface::Damage(surface::Rect::of(size_)));
    }
  }
}

void SceneWindow::echo(const EchoMark& mark) {
  if (!echoing_) return;
  echo_ = {++echoes_, mark.number()};
  drawStamp(frame_, kEchoPlace, echo_);
  show(surface::Damage(
      {kEchoPlace.x, kEchoPlace.y, surface::Stamp::kSize.width, surface::Stamp::kSize.height}));
}

void SceneWindow::save(const std::string& path) { writePixels(path, frame_); }

}  // namespace lucarne::bench
