// SPDX-License-Identifier: Apache-2.0
// The panel through the display server's own memory: no GPU, only what changed is painted and sent.
#pragma once

#include "base/log.h"
#include "kiosk/outputs/sdl_display.h"
#include "kiosk/panel_painter.h"

namespace lucarne::kiosk {

class WindowOutput final : public Output {
 public:
  /// Throws SetupError. The context outlives the output.
  WindowOutput(const std::shared_ptr<const SdlVideo>& video, const SdlDisplay::Wish& wish,
               const base::Context& context);

  surface::Size size() const override;
  std::string words() const override { return words_; }
  base::Duration refreshPeriod() const override { return display_.refreshPeriod(); }
  std::unique_ptr<StoredPicture> store(surface::Size size) override;
  void present(const Scene& scene, const surface::Damage& changed) override;
  Image capture(const Scene& scene) override;
  bool drawsPointer() const override { return true; }
  std::string clipboard() override { return display_.clipboard(); }
  void setClipboard(const std::string& text) override { display_.setClipboard(text); }
  void setPointer(const Image& shape, surface::PanelPoint hotspot) override;
  void listen(PanelEvents& events) override;

 private:
  void paint(SDL_Surface& target, const Scene& scene, const surface::Damage& changed);

  SdlDisplay display_;
  base::LimitedLog complaints_;
  std::string words_;
  Image converted_;  // only when the window has another pixel format than ours
};

}  // namespace lucarne::kiosk
