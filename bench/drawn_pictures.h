// SPDX-License-Identifier: Apache-2.0
// Pictures for tests and benches, drawn from a seed: a page of text, a photograph, moving things.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "surface/frame.h"

namespace lucarne::bench {

/// A picture that owns its pixels.
class Canvas {
 public:
  explicit Canvas(surface::Size size, surface::Pixel colour = 0);
  surface::Frame frame() { return {pixels_.data(), size_, size_.width * 4}; }
  surface::ConstFrame view() const { return {pixels_.data(), size_, size_.width * 4}; }
  surface::Size size() const { return size_; }
  void resize(surface::Size size);

 private:
  surface::Size size_;
  std::vector<surface::Pixel> pixels_;
};

/// Lines of made-up words in a made-up 8x16 font with grey edges, black on white.
void drawText(surface::Frame frame, const surface::Rect& r, std::uint32_t seed, int scroll = 0);
/// One letter of that font.
void drawLetter(surface::Frame frame, surface::GuestPoint at, std::uint32_t letter);
/// Soft shapes over gradients, with a little noise: what a camera gives.
void drawPhoto(surface::Frame frame, const surface::Rect& r, std::uint32_t seed, int shift = 0);
/// Every pixel random: what nothing compresses.
void drawNoise(surface::Frame frame, const surface::Rect& r, std::uint32_t seed);
/// A window: frame, title bar, some text.
void drawWindow(surface::Frame frame, const surface::Rect& r, std::uint32_t seed);

}  // namespace lucarne::bench
