// SPDX-License-Identifier: Apache-2.0
#include "link/codec/plain.h"

#include <cstring>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::kColourMask;
using surface::Pixel;

bool Plain32::forward(ConstFrame now, ConstFrame, std::vector<std::uint8_t>& out) {
  const auto width = static_cast<std::size_t>(now.size.width);
  const std::size_t begin = out.size();
  out.resize(begin + longestBody(now.size));
  std::uint8_t* to = out.data() + begin;
  for (int y = 0; y < now.size.height; ++y, to += width * 4) {
    const Pixel* __restrict p = now.row(y);
    for (std::size_t x = 0; x < width; ++x) {
      const Pixel colour = p[x] & kColourMask;
      std::memcpy(to + 4 * x, &colour, 4);
    }
  }
  return true;
}

bool Plain32::inverse(base::Bytes untrustedBody, Frame pixels) {
  if (untrustedBody.size() != longestBody(pixels.size)) return false;
  const std::size_t rowBytes = static_cast<std::size_t>(pixels.size.width) * 4;
  for (int y = 0; y < pixels.size.height; ++y) {
    std::memcpy(pixels.row(y), untrustedBody.data() + static_cast<std::size_t>(y) * rowBytes,
                rowBytes);
  }
  return true;
}

std::size_t Plain32::longestBody(surface::Size size) const {
  return static_cast<std::size_t>(size.pixels()) * 4;
}

bool Plain24::forward(ConstFrame now, ConstFrame, std::vector<std::uint8_t>& out) {
  const auto width = static_cast<std::size_t>(now.size.width);
  const std::size_t begin = out.size();
  out.resize(begin + longestBody(now.size));
  std::uint8_t* __restrict to = out.data() + begin;
  for (int y = 0; y < now.size.height; ++y, to += width * 3) {
    const Pixel* __restrict p = now.row(y);
    for (std::size_t x = 0; x < width; ++x) {
      to[3 * x] = static_cast<std::uint8_t>(p[x]);
      to[3 * x + 1] = static_cast<std::uint8_t>(p[x] >> 8);
      to[3 * x + 2] = static_cast<std::uint8_t>(p[x] >> 16);
    }
  }
  return true;
}

bool Plain24::inverse(base::Bytes untrustedBody, Frame pixels) {
  if (untrustedBody.size() != longestBody(pixels.size)) return false;
  const std::uint8_t* __restrict from = untrustedBody.data();
  const auto width = static_cast<std::size_t>(pixels.size.width);
  for (int y = 0; y < pixels.size.height; ++y, from += width * 3) {
    Pixel* __restrict p = pixels.row(y);
    for (std::size_t x = 0; x < width; ++x) {
      p[x] = static_cast<Pixel>(from[3 * x] | from[3 * x + 1] << 8 | from[3 * x + 2] << 16);
    }
  }
  return true;
}

std::size_t Plain24::longestBody(surface::Size size) const {
  return static_cast<std::size_t>(size.pixels()) * 3;
}

}  // namespace lucarne::link
