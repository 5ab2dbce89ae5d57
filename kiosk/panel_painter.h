// SPDX-License-Identifier: Apache-2.0
// Draws scenes into plain memory: the whole renderer of outputs that have no GPU.
#pragma once

#include "kiosk/output.h"

namespace lucarne::kiosk {

/// A picture in plain memory.
class MemoryPicture : public StoredPicture {
 public:
  /// `size` must be acceptable (surface::isAcceptable).
  explicit MemoryPicture(surface::Size size) : image_(size) {}
  surface::Size size() const override { return image_.size; }
  void upload(surface::ConstFrame picture, const surface::Damage& damage) override;
  surface::ConstFrame frame() const { return image_.frame(); }

 private:
  Image image_;
};

/// Paints the part of `scene` inside `changed` onto `panel`. The scene's picture must be a
/// MemoryPicture.
void paintScene(const Scene& scene, surface::Frame panel, const surface::Damage& changed);

/// The whole scene as an image, opaque.
Image paintedScene(const Scene& scene, surface::Size panel);

}  // namespace lucarne::kiosk
