// SPDX-License-Identifier: Apache-2.0
// The panel of a bench: an Xvfb whose pixels are read where it keeps them, at no cost to whoever
// draws there.
//
// `Xvfb -fbdir DIR` maps its screen from the file DIR/Xvfb_screen0, in the format of xwd: a header
// of big-endian 32-bit words (X11/XWDFile.h: header size 0, width 4, height 5, bytes per line 12,
// number of colours 19), colours of 12 bytes, then pixels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/child.h"
#include "surface/rotation.h"
#include "surface/stamp.h"

namespace lucarne::bench {

class Panel {
 public:
  /// Starts Xvfb on a free display of this size; its files go to `folder`. Throws SetupError.
  Panel(surface::Size size, const std::string& folder);
  ~Panel();
  Panel(const Panel&) = delete;
  Panel& operator=(const Panel&) = delete;

  /// ":7"
  const std::string& display() const { return display_; }
  /// What is shown right now, changing under the reader.
  surface::ConstFrame pixels() const { return pixels_; }

 private:
  std::string display_;
  std::optional<Child> server_;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  surface::ConstFrame pixels_;
};

/// The picture of the guest on a panel: where it begins and how it is turned.
struct Shown {
  surface::GuestPoint origin;  ///< of the turned picture's bounding rectangle, in panel pixels
  surface::Size guest;
  surface::Rotation rotation = surface::Rotation::Deg0;
  surface::GuestPoint stamp{};  ///< where the guest draws the stamp that is read

  /// The guest's pixel as the panel shows it.
  surface::Pixel at(surface::ConstFrame panel, int x, int y) const;
};

/// Reads the guest's stamp, the one at `shown.stamp`.
std::optional<surface::Stamp> readStamp(surface::ConstFrame panel, const Shown& shown);

/// The guest's picture as the panel should show it.
std::vector<surface::Pixel> turnedPixels(const Shown& shown, surface::ConstFrame guest);

/// Pixels of the panel that differ from `turnedPixels`; those that it cuts off count as different.
std::int64_t differingPixels(surface::ConstFrame panel, const Shown& shown,
                             const std::vector<surface::Pixel>& turnedGuest);

/// An X display number that nobody uses.
int freeDisplay();

}  // namespace lucarne::bench
