// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/sdl_display.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"
#include "kiosk/outputs/foreign_leaks.h"
#include "kiosk/outputs/no_display.h"

namespace lucarne::kiosk {

namespace {

// SDL acts on a change of X focus only when asked for events 200 ms later.
constexpr auto kFocusSettle = std::chrono::milliseconds(250);

// Until we ask a window manager again to show the window: longer than any takes to do so when idle.
constexpr auto kAskAgain = std::chrono::milliseconds(200);

constexpr std::string_view kConsoleDriver = "KMSDRM";
constexpr std::string_view kX11Driver = "x11";

constexpr int kUsualRefreshHz = 60;

void setHints() {
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");      // signals are the loop's
  SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0");      // a finger is not a mouse
  SDL_SetHint(SDL_HINT_MOUSE_TOUCH_EVENTS, "0");
  SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");  // the click that focuses counts
  SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
  SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
  SDL_SetHint(SDL_HINT_APP_NAME, "Lucarne");
}

bool isInput(Uint32 type) { return type >= SDL_KEYDOWN && type < SDL_CLIPBOARDUPDATE; }

bool isSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

// Only what can show something here: SDL would also try the others, which complain in their own
// words, and at last those that show nothing.
void chooseDriver() {
  if (isSet("SDL_VIDEODRIVER")) return;
  std::string drivers;
  if (isSet("WAYLAND_DISPLAY") || isSet("WAYLAND_SOCKET")) drivers += "wayland,";
  if (isSet("DISPLAY")) drivers += "x11,";
  SDL_SetHint(SDL_HINT_VIDEODRIVER, (drivers + "kmsdrm").c_str());
}

// A window manager makes a full-screen window as large as the screen; without one it stays as it was
// made.
surface::Size wholeScreen() {
  SDL_DisplayMode mode{};
  if (SDL_GetDesktopDisplayMode(0, &mode) != 0 || mode.w <= 0 || mode.h <= 0) return {1280, 800};
  return {mode.w, mode.h};
}

}  // namespace

SdlVideo::SdlVideo() {
  const ForeignLeaks ignored;
  setHints();
  chooseDriver();
  SDL_SetMainReady();
  if (SDL_Init(SDL_INIT_VIDEO) != 0) throw base::SetupError(noDisplay(SDL_GetError()));
  SDL_StopTextInput();  // keys are places: no input method may swallow them
}

SdlVideo::~SdlVideo() {
  const ForeignLeaks ignored;
  SDL_Quit();
}

std::string SdlVideo::driver() const { return SDL_GetCurrentVideoDriver(); }

SdlDisplay::SdlDisplay(std::shared_ptr<const SdlVideo> video, const Wish& wish,
                       const base::Context& context)
    : video_(std::move(video)), context_(context), isConsole_(video_->driver() == kConsoleDriver) {
  const ForeignLeaks ignored;
  Uint32 flags = SDL_WINDOW_RESIZABLE;
  flags |= video_->driver() == kX11Driver ? SDL_WINDOW_HIDDEN : SDL_WINDOW_SHOWN;
  if (!wish.window) flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
  if (wish.opengl) flags |= SDL_WINDOW_OPENGL | SDL_WINDOW_ALLOW_HIGHDPI;
  const surface::Size size = wish.window ? *wish.window : wholeScreen();
  window_.reset(SDL_CreateWindow("Lucarne", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                 size.width, size.height, flags));
  if (!window_) throw base::SetupError(noDisplay(SDL_GetError()));
  if (wish.grabKeyboard) SDL_SetWindowKeyboardGrab(window_.get(), SDL_TRUE);
  SDL_RaiseWindow(window_.get());  // without a window manager nobody else gives us the keyboard
  SDL_ShowCursor(SDL_DISABLE);
}

SdlDisplay::~SdlDisplay() = default;

base::Duration SdlDisplay::refreshPeriod() const {
  SDL_DisplayMode mode{};
  const int display = SDL_GetWindowDisplayIndex(window_.get());
  const bool known = display >= 0 && SDL_GetCurrentDisplayMode(display, &mode) == 0;
  const int hz = known && mode.refresh_rate > 0 ? mode.refresh_rate : kUsualRefreshHz;
  return std::chrono::nanoseconds(std::chrono::seconds(1)) / hz;
}

void SdlDisplay::listen(PanelEvents& events, std::function<surface::Size()> pixels) {
  target_ = &events;
  pixels_ = std::move(pixels);
  events_.emplace(events);
  updateSizes();
  x11_ = X11Window::of(window_.get());  // not earlier: a renderer may have made the window anew
  if (x11_) {
    if (SDL_GetWindowFlags(window_.get()) & SDL_WINDOW_FULLSCREEN) x11_->fillScreen();
    askToBeShown();
  } else {
    SDL_ShowWindow(window_.get());
  }
  if (isConsole_) {
    devices_.emplace(pixels_(), events, context_);
  } else {
    wakeup_.emplace(window_.get(), context_, [this] { onWake(); });
    context_.log.debug("events wake the loop through: {}", wakeup_->words());
  }
  drainSoon();
  settle_ = context_.loop.after(kFocusSettle, [this] { drain(); });
}

void SdlDisplay::askToBeShown() {
  x11_->map();
  unshown_ = context_.loop.after(kAskAgain, [this] { askToBeShown(); });
}

void SdlDisplay::onShown() {
  if (!x11_) return;
  unshown_.cancel();
  x11_->takeKeyboard();
  SDL_RaiseWindow(window_.get());
  drainSoon();
}

void SdlDisplay::updateSizes() {
  surface::Size points;
  SDL_GetWindowSize(window_.get(), &points.width, &points.height);
  events_->setSizes(points, pixels_());
  if (devices_) devices_->setPanel(pixels_());
}

void SdlDisplay::drainSoon() {
  soon_ = context_.loop.after(base::Duration::zero(), [this] { drain(); });
}

void SdlDisplay::onWake() {
  drain();
  settle_ = context_.loop.after(kFocusSettle, [this] { drain(); });
}

void SdlDisplay::drain() {
  if (!events_) return;
  SDL_PumpEvents();
  std::array<SDL_Event, 64> events;
  for (;;) {
    const int count = SDL_PeepEvents(events.data(), static_cast<int>(events.size()), SDL_GETEVENT,
                                     SDL_FIRSTEVENT, SDL_LASTEVENT);
    if (count <= 0) break;
    for (int i = 0; i < count; ++i) {
      const SDL_Event& event = events[static_cast<std::size_t>(i)];
      if (event.type == SDL_WINDOWEVENT) updateSizes();
      if (event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_SHOWN) onShown();
      if (!(devices_ && isInput(event.type))) events_->translate(event);
    }
  }
  target_->onPanelInputEnd();
}

std::string SdlDisplay::clipboard() {
  const base::CHandle<char, SDL_free> text(SDL_GetClipboardText());
  drainSoon();
  return text ? std::string(text.get()) : std::string();
}

void SdlDisplay::setClipboard(const std::string& text) {
  SDL_SetClipboardText(text.c_str());
  drainSoon();
}

void SdlDisplay::setPointer(const Image& shape, surface::PanelPoint hotspot) {
  if (shape.empty()) {
    SDL_ShowCursor(SDL_DISABLE);
    return;
  }
  // SDL copies the pixels; it wants them writable.
  Image copy = shape;
  const base::CHandle<SDL_Surface, SDL_FreeSurface> pixels(SDL_CreateRGBSurfaceWithFormatFrom(
      copy.pixels.data(), copy.size.width, copy.size.height, 32, copy.size.width * 4,
      SDL_PIXELFORMAT_ARGB8888));
  base::CHandle<SDL_Cursor, SDL_FreeCursor> fresh(
      pixels ? SDL_CreateColorCursor(pixels.get(), hotspot.x, hotspot.y) : nullptr);
  if (!fresh) {
    context_.log.warning("the display refuses a pointer of {}x{}: {}", shape.size.width,
                         shape.size.height, SDL_GetError());
    return;
  }
  SDL_SetCursor(fresh.get());
  SDL_ShowCursor(SDL_ENABLE);
  cursor_ = std::move(fresh);
  drainSoon();
}

}  // namespace lucarne::kiosk
