// SPDX-License-Identifier: Apache-2.0
// The panel on a text console, painted by the processor: no display server, no GPU, no Mesa.
//
// Scenes are painted into plain memory; what changed goes to the buffer that is not shown, which is
// flipped at the display's refresh. While a flip is under way, further scenes collect.
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "kiosk/outputs/drm/console.h"
#include "kiosk/outputs/drm/display_monitor.h"
#include "kiosk/outputs/drm/drm_card.h"
#include "kiosk/outputs/seat_devices.h"
#include "kiosk/panel_painter.h"

namespace lucarne::kiosk {

class DrmOutput final : public Output {
 public:
  /// Throws SetupError. The context outlives the output.
  explicit DrmOutput(const base::Context& context);

  surface::Size size() const override { return panel_.size; }
  std::string words() const override;
  base::Duration refreshPeriod() const override { return card_->refreshPeriod(); }
  std::unique_ptr<StoredPicture> store(surface::Size size) override;
  void present(const Scene& scene, const surface::Damage& changed) override;
  Image capture(const Scene& scene) override;
  bool drawsPointer() const override { return false; }
  void listen(PanelEvents& events) override;

 private:
  void show();
  void onCardReadable();
  void onDisplaysChanged();

  const base::Context& context_;
  base::LimitedLog complaints_;
  std::unique_ptr<DrmCard> card_;
  Console console_;
  Image panel_;            // what the panel shows or will show next
  surface::Damage owed_;   // painted in panel_, in neither buffer's future yet
  surface::Damage behind_; // what the back buffer lacks besides: shown by the last flip
  PanelEvents* events_ = nullptr;
  std::optional<SeatDevices> devices_;
  DisplayMonitor monitor_;
  base::Timer retry_;
  base::Watch flips_;
};

}  // namespace lucarne::kiosk
