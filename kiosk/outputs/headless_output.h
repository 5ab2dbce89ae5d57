// SPDX-License-Identifier: Apache-2.0
// A panel in memory, for tests and for machines with no screen: everything works but the light.
#pragma once

#include "kiosk/panel_painter.h"

namespace lucarne::kiosk {

class HeadlessOutput final : public Output {
 public:
  explicit HeadlessOutput(surface::Size size);

  surface::Size size() const override { return panel_.size; }
  std::string words() const override { return "headless, software"; }
  base::Duration refreshPeriod() const override;
  std::unique_ptr<StoredPicture> store(surface::Size size) override;
  void present(const Scene& scene, const surface::Damage& changed) override;
  Image capture(const Scene& scene) override;
  bool drawsPointer() const override { return false; }

 private:
  Image panel_;
};

}  // namespace lucarne::kiosk
