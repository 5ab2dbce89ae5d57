// SPDX-License-Identifier: Apache-2.0
#include "bench/gl_window.h"

#include <GL/gl.h>
#include <SDL.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/c_handle.h"
#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::bench {

namespace {

constexpr surface::Size kLargest{800, 600};
constexpr surface::Pixel kAround = 0x283038;
constexpr int kBoxes = 12;
constexpr float kTurn = 1.2f;  // degrees a frame

surface::Size windowSize(surface::Size screen) {
  return {std::min(kLargest.width, screen.width), std::min(kLargest.height, screen.height)};
}

[[noreturn]] void fail(const char* what) {
  throw base::SetupError(fmt::format("{}: {}; has the guest's X server GLX?", what, SDL_GetError()));
}

void drawBox() {
  static constexpr float kNormals[6][3] = {{1, 0, 0},  {-1, 0, 0}, {0, 1, 0},
                                           {0, -1, 0}, {0, 0, 1},  {0, 0, -1}};
  glBegin(GL_QUADS);
  for (const auto& n : kNormals) {
    glNormal3fv(n);
    // Two directions along the side, whose product is its normal.
    const float u[3] = {n[1], n[2], n[0]};
    const float v[3] = {n[2], n[0], n[1]};
    constexpr float kCorners[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    for (const auto& c : kCorners) {
      glVertex3f(n[0] + c[0] * u[0] + c[1] * v[0], n[1] + c[0] * u[1] + c[1] * v[1],
                 n[2] + c[0] * u[2] + c[1] * v[2]);
    }
  }
  glEnd();
}

void setUpLight(surface::Size size) {
  glViewport(0, 0, size.width, size.height);
  glMatrixMode(GL_PROJECTION);
  glLoadIdentity();
  const double aspect = static_cast<double>(size.width) / size.height;
  glFrustum(-aspect, aspect, -1, 1, 3, 60);
  glMatrixMode(GL_MODELVIEW);
  glLoadIdentity();
  constexpr float kLight[4] = {5, 5, 10, 0};
  glLightfv(GL_LIGHT0, GL_POSITION, kLight);
  glEnable(GL_LIGHTING);
  glEnable(GL_LIGHT0);
  glEnable(GL_DEPTH_TEST);
  glEnable(GL_NORMALIZE);
  glClearColor(0.1f, 0.12f, 0.18f, 0);
}

void drawWheel(int number) {
  const float angle = kTurn * static_cast<float>(number);
  glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  glLoadIdentity();
  glTranslatef(0, 0, -20);
  glRotatef(25, 1, 0, 0);
  glRotatef(angle, 0, 0, 1);
  for (int i = 0; i < kBoxes; ++i) {
    const float share = static_cast<float>(i) / kBoxes;
    const float hue = 2 * std::numbers::pi_v<float> * share;
    const float colour[4] = {0.5f + 0.5f * std::cos(hue), 0.5f + 0.5f * std::cos(hue + 2.1f),
                             0.5f + 0.5f * std::cos(hue + 4.2f), 1};
    glMaterialfv(GL_FRONT_AND_BACK, GL_AMBIENT_AND_DIFFUSE, colour);
    glPushMatrix();
    glRotatef(360 * share, 0, 0, 1);
    glTranslatef(4.5f, 0, 0);
    glRotatef(3 * angle, 1, 1, 0);
    drawBox();
    glPopMatrix();
  }
}

class GlWindow final : public GuestWindow {
 public:
  explicit GlWindow(const base::Clock& clock) : clock_(clock) {
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    if (SDL_Init(SDL_INIT_VIDEO) < 0) fail("SDL");
    SDL_ShowCursor(SDL_DISABLE);
    SDL_DisplayMode mode{};
    if (SDL_GetDesktopDisplayMode(0, &mode) < 0) fail("the screen's size");
    screen_ = {mode.w, mode.h};
    size_ = windowSize(screen_);
    around_.reset(SDL_CreateWindow("around", 0, 0, mode.w, mode.h, SDL_WINDOW_BORDERLESS));
    if (!around_) fail("a window");
    paintAround();
    window_.reset(SDL_CreateWindow("gl", 0, 0, size_.width, size_.height,
                                   SDL_WINDOW_BORDERLESS | SDL_WINDOW_OPENGL));
    if (!window_) fail("a window for OpenGL");
    context_.reset(SDL_GL_CreateContext(window_.get()));
    if (!context_) fail("OpenGL");
    SDL_GL_SetSwapInterval(0);
    setUpLight(size_);
    draw();
    SDL_GL_SwapWindow(window_.get());
  }
  ~GlWindow() override {
    context_.reset();
    window_.reset();
    around_.reset();
    SDL_Quit();
  }
  GlWindow(const GlWindow&) = delete;
  GlWindow& operator=(const GlWindow&) = delete;

  void next() override {
    stamp_ = stampOf(++drawn_, clock_);
    draw();
    SDL_GL_SwapWindow(window_.get());
  }

  void takeEvents() override {
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
      if (event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_EXPOSED) {
        paintAround();
      }
    }
  }

  int framesDrawn() const override { return drawn_; }

  // The same frame once more, into the buffer that is not shown.
  void save(const std::string& path) override {
    draw();
    std::vector<surface::Pixel> upwards(static_cast<std::size_t>(size_.pixels()));
    glReadPixels(0, 0, size_.width, size_.height, GL_BGRA, GL_UNSIGNED_BYTE, upwards.data());
    std::vector<surface::Pixel> pixels(static_cast<std::size_t>(screen_.pixels()), kAround);
    const surface::Frame frame{pixels.data(), screen_, screen_.width * 4};
    for (int y = 0; y < size_.height; ++y) {
      std::copy_n(upwards.data() + std::ptrdiff_t{size_.height - 1 - y} * size_.width, size_.width,
                  frame.row(y));
    }
    writePixels(path, frame);
  }

 private:
  void paintAround() {
    SDL_Surface* surface = SDL_GetWindowSurface(around_.get());
    if (!surface) fail("the window's pixels");
    SDL_FillRect(surface, nullptr, kAround);
    SDL_UpdateWindowSurface(around_.get());
  }

  void draw() {
    drawWheel(drawn_);
    const surface::GuestPoint end = glStamp(screen_);
    drawStampAt({0, 0});
    if (end != surface::GuestPoint{}) drawStampAt(end);
    glFinish();
  }

  void drawStampAt(surface::GuestPoint at) {
    std::vector<surface::Pixel> pixels(static_cast<std::size_t>(surface::Stamp::kSize.pixels()));
    const surface::Frame frame{pixels.data(), surface::Stamp::kSize,
                               surface::Stamp::kSize.width * 4};
    surface::drawStamp(frame, {0, 0}, stamp_);
    glPushAttrib(GL_ENABLE_BIT);
    glDisable(GL_LIGHTING);
    glDisable(GL_DEPTH_TEST);
    glMatrixMode(GL_PROJECTION);
    glPushMatrix();
    glLoadIdentity();
    glOrtho(0, size_.width, size_.height, 0, -1, 1);
    glMatrixMode(GL_MODELVIEW);
    glLoadIdentity();
    glRasterPos2i(at.x, at.y);
    glPixelZoom(1, -1);  // rows go down, as ours do
    glDrawPixels(frame.size.width, frame.size.height, GL_BGRA, GL_UNSIGNED_BYTE, pixels.data());
    glMatrixMode(GL_PROJECTION);
    glPopMatrix();
    glMatrixMode(GL_MODELVIEW);
    glPopAttrib();
  }

  const base::Clock& clock_;
  surface::Size screen_;
  surface::Size size_;
  base::CHandle<SDL_Window, SDL_DestroyWindow> around_;
  base::CHandle<SDL_Window, SDL_DestroyWindow> window_;
  base::CHandle<void, SDL_GL_DeleteContext> context_;
  surface::Stamp stamp_;
  int drawn_ = 0;
};

}  // namespace

bool hasGl() { return true; }

surface::GuestPoint glStamp(surface::Size screen) {
  const surface::Size window = windowSize(screen);
  const surface::Size stamp = surface::Stamp::kSize;
  if (window.width < stamp.width || window.height < 2 * stamp.height) return {};
  return {window.width - stamp.width, window.height - stamp.height};
}

std::unique_ptr<GuestWindow> openGlWindow(const base::Clock& clock) {
  return std::make_unique<GlWindow>(clock);
}

}  // namespace lucarne::bench
