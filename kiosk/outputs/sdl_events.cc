// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/sdl_events.h"

#include <algorithm>
#include <cmath>

#include "kiosk/scancodes.h"

namespace lucarne::kiosk {

using surface::PanelPoint;
using surface::TouchPhase;
using surface::Transition;

namespace {

constexpr float kWheelNotch = 120;  // surface::Wheel's unit

Transition transitionOf(std::uint8_t state) {
  return state == SDL_PRESSED ? Transition::Pressed : Transition::Released;
}

}  // namespace

void SdlEvents::setSizes(surface::Size points, surface::Size pixels) {
  points_ = {std::max(points.width, 1), std::max(points.height, 1)};
  pixels_ = {std::max(pixels.width, 1), std::max(pixels.height, 1)};
}

void SdlEvents::translate(const SDL_Event& event) {
  switch (event.type) {
    case SDL_MOUSEMOTION:
      if (event.motion.which != SDL_TOUCH_MOUSEID) {
        target_.onPanelInput(PanelPointerMoved{toPanel(event.motion.x, event.motion.y)});
      }
      break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
      onButton(event.button);
      break;
    case SDL_MOUSEWHEEL:
      onWheel(event.wheel);
      break;
    case SDL_KEYDOWN:
    case SDL_KEYUP:
      onKey(event.key);
      break;
    case SDL_FINGERDOWN:
      onFinger(event.tfinger, TouchPhase::Down);
      break;
    case SDL_FINGERMOTION:
      onFinger(event.tfinger, TouchPhase::Moved);
      break;
    case SDL_FINGERUP:
      onFinger(event.tfinger, TouchPhase::Up);
      break;
    case SDL_WINDOWEVENT:
      onWindow(event.window);
      break;
    case SDL_QUIT:
      target_.onPanelClosed();
      break;
    case SDL_CLIPBOARDUPDATE:
      target_.onPanelClipboard();
      break;
    case SDL_RENDER_TARGETS_RESET:
      target_.onPanelExposed();
      break;
    default:
      break;
  }
}

void SdlEvents::onKey(const SDL_KeyboardEvent& key) {
  if (key.repeat != 0) return;
  if (const auto code = evdevOf(key.keysym.scancode)) {
    target_.onPanelInput(surface::Key{*code, transitionOf(key.state)});
  }
}

void SdlEvents::onButton(const SDL_MouseButtonEvent& button) {
  if (button.which == SDL_TOUCH_MOUSEID) return;
  if (const auto code = evdevOfButton(button.button)) {
    target_.onPanelInput(PanelPointerMoved{toPanel(button.x, button.y)});
    target_.onPanelInput(surface::PointerButton{*code, transitionOf(button.state)});
  }
}

void SdlEvents::onWheel(const SDL_MouseWheelEvent& wheel) {
  if (wheel.which == SDL_TOUCH_MOUSEID) return;
  // SDL counts away from the person as positive, we count down as positive.
  const surface::Wheel steps{static_cast<int>(std::lround(wheel.preciseX * kWheelNotch)),
                             static_cast<int>(std::lround(-wheel.preciseY * kWheelNotch))};
  if (steps.dx120 != 0 || steps.dy120 != 0) target_.onPanelInput(steps);
}

void SdlEvents::onFinger(const SDL_TouchFingerEvent& finger, TouchPhase phase) {
  const auto isIt = [&finger](const std::optional<Finger>& f) {
    return f && f->device == finger.touchId && f->id == finger.fingerId;
  };
  auto known = std::find_if(fingers_.begin(), fingers_.end(), isIt);
  if (known == fingers_.end()) {
    if (phase != TouchPhase::Down) return;
    known = std::find_if(fingers_.begin(), fingers_.end(), [](const auto& f) { return !f; });
    if (known == fingers_.end()) return;  // more fingers than a guest can be told of
  }
  const auto scaled = [](float share, int side) {
    return std::clamp(static_cast<int>(std::floor(share * static_cast<float>(side))), 0, side - 1);
  };
  const PanelPoint at{scaled(finger.x, pixels_.width), scaled(finger.y, pixels_.height)};
  const auto slot = static_cast<std::uint8_t>(known - fingers_.begin());
  if (phase == TouchPhase::Up) {
    known->reset();
  } else {
    *known = Finger{finger.touchId, finger.fingerId, at};
  }
  target_.onPanelInput(PanelTouch{slot, phase, at});
}

void SdlEvents::cancelTouches() {
  for (std::size_t slot = 0; slot < fingers_.size(); ++slot) {
    if (!fingers_[slot]) continue;
    const PanelTouch gone{static_cast<std::uint8_t>(slot), TouchPhase::Cancelled,
                          fingers_[slot]->at};
    fingers_[slot].reset();
    target_.onPanelInput(gone);
  }
}

void SdlEvents::onWindow(const SDL_WindowEvent& window) {
  switch (window.event) {
    case SDL_WINDOWEVENT_FOCUS_GAINED:
      target_.onPanelFocus(true);
      break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
      cancelTouches();
      target_.onPanelFocus(false);
      break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
      target_.onPanelResized();
      break;
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
      target_.onPanelExposed();
      break;
    case SDL_WINDOWEVENT_CLOSE:
      target_.onPanelClosed();
      break;
    default:
      break;
  }
}

// The middle of the point, so that at one pixel a point nothing moves.
PanelPoint SdlEvents::toPanel(int x, int y) const {
  const auto scaled = [](int v, int points, int pixels) {
    return static_cast<int>(std::floor((v + 0.5) * pixels / points));
  };
  return {scaled(x, points_.width, pixels_.width), scaled(y, points_.height, pixels_.height)};
}

}  // namespace lucarne::kiosk
