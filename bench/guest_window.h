// SPDX-License-Identifier: Apache-2.0
// What moves on the guest's screen while a path is measured, frame by frame, with a stamp on each.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "surface/stamp.h"

namespace lucarne::bench {

class GuestWindow {
 public:
  virtual ~GuestWindow() = default;

  /// Paints the next frame with its stamp and hands the changed parts to the X server.
  virtual void next() = 0;
  /// Takes what the window system has to say.
  virtual void takeEvents() = 0;
  virtual int framesDrawn() const = 0;
  /// Writes the screen's pixels as they are now: width * height pixels of 4 bytes. Throws SetupError.
  virtual void save(const std::string& path) = 0;
};

/// Writes pixels as `save` does. Throws SetupError.
void writePixels(const std::string& path, surface::ConstFrame frame);

/// The stamp of frame `counter`, drawn now.
surface::Stamp stampOf(int counter, const base::Clock& clock);

}  // namespace lucarne::bench
