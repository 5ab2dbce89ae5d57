// SPDX-License-Identifier: Apache-2.0
#include "link/codec/gradient.h"

#include <algorithm>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;

namespace {

// The median of left, up and left + up - upLeft.
inline int predict(int left, int up, int upLeft) {
  const int low = std::min(left, up);
  const int high = std::max(left, up);
  return std::clamp(left + up - upLeft, low, high);
}

void residualRow(const std::uint8_t* __restrict row, const std::uint8_t* __restrict above,
                 std::uint8_t* __restrict out, std::size_t width) {
  out[0] = static_cast<std::uint8_t>(row[0] - above[0]);
  for (std::size_t x = 1; x < width; ++x) {
    out[x] = static_cast<std::uint8_t>(row[x] - predict(row[x - 1], above[x], above[x - 1]));
  }
}

void firstResidualRow(const std::uint8_t* __restrict row, std::uint8_t* __restrict out,
                      std::size_t width) {
  out[0] = row[0];
  for (std::size_t x = 1; x < width; ++x) out[x] = static_cast<std::uint8_t>(row[x] - row[x - 1]);
}

void restorePlane(const std::uint8_t* residual, std::uint8_t* plane, std::size_t width,
                  std::size_t height) {
  std::uint8_t value = 0;
  for (std::size_t x = 0; x < width; ++x) {
    plane[x] = value = static_cast<std::uint8_t>(value + residual[x]);
  }
  for (std::size_t y = 1; y < height; ++y) {
    const std::uint8_t* above = plane + (y - 1) * width;
    const std::uint8_t* in = residual + y * width;
    std::uint8_t* row = plane + y * width;
    int left = row[0] = static_cast<std::uint8_t>(in[0] + above[0]);
    for (std::size_t x = 1; x < width; ++x) {
      left = (in[x] + predict(left, above[x], above[x - 1])) & 0xff;
      row[x] = static_cast<std::uint8_t>(left);
    }
  }
}

}  // namespace

bool Gradient::forward(ConstFrame now, ConstFrame, std::vector<std::uint8_t>& out) {
  const auto width = static_cast<std::size_t>(now.size.width);
  const auto height = static_cast<std::size_t>(now.size.height);
  const std::size_t plane = width * height;
  planes_.resize(3 * plane);
  for (std::size_t y = 0; y < height; ++y) {
    const Pixel* __restrict p = now.row(static_cast<int>(y));
    std::uint8_t* __restrict green = planes_.data() + y * width;
    std::uint8_t* __restrict blue = green + plane;
    std::uint8_t* __restrict red = blue + plane;
    for (std::size_t x = 0; x < width; ++x) {
      const Pixel g = p[x] >> 8;
      green[x] = static_cast<std::uint8_t>(g);
      blue[x] = static_cast<std::uint8_t>(p[x] - g);
      red[x] = static_cast<std::uint8_t>((p[x] >> 16) - g);
    }
  }
  const std::size_t begin = out.size();
  out.resize(begin + 3 * plane);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::uint8_t* values = planes_.data() + i * plane;
    std::uint8_t* residual = out.data() + begin + i * plane;
    firstResidualRow(values, residual, width);
    for (std::size_t y = 1; y < height; ++y) {
      residualRow(values + y * width, values + (y - 1) * width, residual + y * width, width);
    }
  }
  return true;
}

bool Gradient::inverse(base::Bytes untrustedBody, Frame pixels) {
  if (untrustedBody.size() != longestBody(pixels.size)) return false;
  const auto width = static_cast<std::size_t>(pixels.size.width);
  const auto height = static_cast<std::size_t>(pixels.size.height);
  const std::size_t plane = width * height;
  planes_.resize(3 * plane);
  for (std::size_t i = 0; i < 3; ++i) {
    restorePlane(untrustedBody.data() + i * plane, planes_.data() + i * plane, width, height);
  }
  for (std::size_t y = 0; y < height; ++y) {
    Pixel* __restrict p = pixels.row(static_cast<int>(y));
    const std::uint8_t* __restrict green = planes_.data() + y * width;
    const std::uint8_t* __restrict blue = green + plane;
    const std::uint8_t* __restrict red = blue + plane;
    for (std::size_t x = 0; x < width; ++x) {
      const Pixel g = green[x];
      p[x] = ((blue[x] + g) & 0xff) | g << 8 | ((red[x] + g) & 0xff) << 16;
    }
  }
  return true;
}

std::size_t Gradient::longestBody(surface::Size size) const {
  return static_cast<std::size_t>(size.pixels()) * 3;
}

}  // namespace lucarne::link
