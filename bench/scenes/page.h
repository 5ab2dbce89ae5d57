// SPDX-License-Identifier: Apache-2.0
// Text as a terminal shows it, and words to fill it with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "surface/frame.h"

namespace lucarne::bench {

/// Glyphs of a monospaced font, antialiased (DejaVu Sans Mono through SDL2_ttf).
class Glyphs {
 public:
  /// Throws SetupError when the font is nowhere.
  explicit Glyphs(int pixelHeight);

  surface::Size cell() const { return cell_; }
  /// Characters that are not printable ASCII are blank. Clipped to the frame.
  void draw(surface::Frame frame, surface::GuestPoint at, char c, surface::Pixel ink,
            surface::Pixel paper) const;
  void draw(surface::Frame frame, surface::GuestPoint at, std::string_view text,
            surface::Pixel ink, surface::Pixel paper) const;

 private:
  static constexpr char kFirst = ' ';
  static constexpr char kLast = '~';

  surface::Size cell_;
  std::array<std::vector<std::uint8_t>, kLast - kFirst + 1> coverage_;
};

/// Line `number` of an endless text that looks like a program's log, `columns` wide.
std::string logLine(int number, int columns);

}  // namespace lucarne::bench
