// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/headless_output.h"

namespace lucarne::kiosk {

HeadlessOutput::HeadlessOutput(surface::Size size) : panel_(size) {}

// As most panels.
base::Duration HeadlessOutput::refreshPeriod() const { return std::chrono::microseconds(16667); }

std::unique_ptr<StoredPicture> HeadlessOutput::store(surface::Size size) {
  return std::make_unique<MemoryPicture>(size);
}

void HeadlessOutput::present(const Scene& scene, const surface::Damage& changed) {
  paintScene(scene, panel_.frame(), changed);
}

// What was presented, not painted anew: a mistake in the damage must be seen.
Image HeadlessOutput::capture(const Scene&) {
  Image shot = panel_;
  for (surface::Pixel& p : shot.pixels) p |= 0xff000000;
  return shot;
}

}  // namespace lucarne::kiosk
