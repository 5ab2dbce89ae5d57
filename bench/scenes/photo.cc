// SPDX-License-Identifier: Apache-2.0
#include "bench/scenes/photo.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace lucarne::bench {

namespace {

// Value noise on a lattice that wraps at the picture's edges: the landscape's soft shapes.
class Lattice {
 public:
  Lattice(int columns, int rows, std::minstd_rand& random)
      : columns_(columns), rows_(rows), values_(static_cast<std::size_t>(columns * rows)) {
    for (float& v : values_) v = static_cast<float>(random() % 1000) / 1000.0f;
  }
  /// u, v in [0, 1).
  float at(float u, float v) const {
    const float x = u * static_cast<float>(columns_);
    const float y = v * static_cast<float>(rows_);
    const int x0 = static_cast<int>(x);
    const int y0 = static_cast<int>(y);
    const float fx = soft(x - static_cast<float>(x0));
    const float fy = soft(y - static_cast<float>(y0));
    const float top = std::lerp(value(x0, y0), value(x0 + 1, y0), fx);
    const float bottom = std::lerp(value(x0, y0 + 1), value(x0 + 1, y0 + 1), fx);
    return std::lerp(top, bottom, fy);
  }

 private:
  static float soft(float t) { return t * t * (3.0f - 2.0f * t); }
  float value(int x, int y) const {
    return values_[static_cast<std::size_t>((y % rows_) * columns_ + x % columns_)];
  }
  int columns_;
  int rows_;
  std::vector<float> values_;
};

}  // namespace

Photo::Photo(surface::Size size, unsigned seed, int grain)
    : size_(size), pixels_(static_cast<std::size_t>(size.pixels())) {
  std::minstd_rand random(seed * 7919u + 1u);
  const Lattice coarse(5, 4, random);
  const Lattice middle(17, 13, random);
  const Lattice fine(71, 53, random);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const float u = static_cast<float>(x) / static_cast<float>(size.width);
      const float v = static_cast<float>(y) / static_cast<float>(size.height);
      const float shape = 0.6f * coarse.at(u, v) + 0.3f * middle.at(u, v) + 0.1f * fine.at(u, v);
      const float ridge = shape > 0.5f ? 0.25f : 0.0f;  // edges, as mountains have
      const int noise = grain > 0 ? static_cast<int>(random() % static_cast<unsigned>(2 * grain + 1)) - grain : 0;
      const auto channel = [noise](float value) {
        return static_cast<surface::Pixel>(std::clamp(static_cast<int>(value * 255.0f) + noise, 0, 255));
      };
      pixels_[static_cast<std::size_t>(y * size.width + x)] =
          channel(shape + ridge * 0.6f) << 16 | channel(0.25f + shape * 0.6f) << 8 |
          channel(0.9f - shape * 0.7f + ridge * 0.3f);
    }
  }
}

void Photo::paint(surface::Frame frame, const surface::Rect& to, surface::GuestPoint from) const {
  const surface::Rect part = surface::intersect(to, surface::Rect::of(frame.size));
  for (int y = 0; y < part.height; ++y) {
    const int sourceY = (from.y + part.y - to.y + y) % size_.height;
    const surface::Pixel* row = pixels_.data() + static_cast<std::size_t>(sourceY) * static_cast<std::size_t>(size_.width);
    surface::Pixel* target = frame.row(part.y + y) + part.x;
    int sourceX = (from.x + part.x - to.x) % size_.width;
    for (int left = part.width; left > 0;) {
      const int run = std::min(left, size_.width - sourceX);
      std::copy_n(row + sourceX, run, target);
      target += run;
      left -= run;
      sourceX = 0;
    }
  }
}

}  // namespace lucarne::bench
