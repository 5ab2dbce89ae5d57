// SPDX-License-Identifier: Apache-2.0
#include "link/codec/delta.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;

bool Delta::forward(ConstFrame now, ConstFrame before, std::vector<std::uint8_t>& out) {
  const auto width = static_cast<std::size_t>(now.size.width);
  const auto plane = static_cast<std::size_t>(now.size.pixels());
  const std::size_t begin = out.size();
  out.resize(begin + 3 * plane);
  for (int y = 0; y < now.size.height; ++y) {
    const Pixel* __restrict p = now.row(y);
    const Pixel* __restrict q = before.row(y);
    std::uint8_t* __restrict b = out.data() + begin + static_cast<std::size_t>(y) * width;
    std::uint8_t* __restrict g = b + plane;
    std::uint8_t* __restrict r = g + plane;
    for (std::size_t x = 0; x < width; ++x) {
      b[x] = static_cast<std::uint8_t>(p[x] - q[x]);
      g[x] = static_cast<std::uint8_t>((p[x] >> 8) - (q[x] >> 8));
      r[x] = static_cast<std::uint8_t>((p[x] >> 16) - (q[x] >> 16));
    }
  }
  return true;
}

bool Delta::inverse(base::Bytes untrustedBody, Frame pixels) {
  if (untrustedBody.size() != longestBody(pixels.size)) return false;
  const auto width = static_cast<std::size_t>(pixels.size.width);
  const auto plane = static_cast<std::size_t>(pixels.size.pixels());
  for (int y = 0; y < pixels.size.height; ++y) {
    Pixel* __restrict p = pixels.row(y);
    const std::uint8_t* __restrict b = untrustedBody.data() + static_cast<std::size_t>(y) * width;
    const std::uint8_t* __restrict g = b + plane;
    const std::uint8_t* __restrict r = g + plane;
    for (std::size_t x = 0; x < width; ++x) {
      p[x] = ((p[x] + b[x]) & 0xff) | ((p[x] + (Pixel{g[x]} << 8)) & 0xff00) |
             ((p[x] + (Pixel{r[x]} << 16)) & 0xff0000);
    }
  }
  return true;
}

std::size_t Delta::longestBody(surface::Size size) const {
  return static_cast<std::size_t>(size.pixels()) * 3;
}

}  // namespace lucarne::link
