// SPDX-License-Identifier: Apache-2.0
// A window in the guest that shows a scene, frame by frame.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/c_handle.h"
#include "bench/echo_mark.h"
#include "bench/guest_window.h"
#include "bench/scenes/scene.h"

struct SDL_Window;
extern "C" void SDL_DestroyWindow(SDL_Window*);

namespace lucarne::bench {

class SceneWindow final : public GuestWindow {
 public:
  /// Covers the whole of $DISPLAY's screen. Throws SetupError without one, UsageError for a scene
  /// that is not.
  SceneWindow(std::string_view scene, const base::Clock& clock);
  ~SceneWindow() override;
  SceneWindow(const SceneWindow&) = delete;
  SceneWindow& operator=(const SceneWindow&) = delete;

  surface::Size size() const { return size_; }
  void next() override;
  void takeEvents() override;
  /// From now on each key that is pressed and each motion is shown at once (bench/echo_mark.h).
  /// Throws UsageError when the screen is too narrow.
  void showEchoes();
  int framesDrawn() const override { return drawn_; }
  void save(const std::string& path) override;

 private:
  void show(const surface::Damage& damage);
  void echo(const EchoMark& mark);

  const base::Clock& clock_;
  base::CHandle<SDL_Window, SDL_DestroyWindow> window_;
  surface::Frame frame_;  // SDL's own memory of the window
  surface::Size size_;
  std::unique_ptr<Scene> scene_;
  int number_ = 0;
  int drawn_ = 0;
  bool echoing_ = false;
  std::uint32_t echoes_ = 0;
  surface::Stamp echo_;
};

}  // namespace lucarne::bench
