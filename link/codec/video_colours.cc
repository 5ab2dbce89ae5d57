// SPDX-License-Identifier: Apache-2.0
#include "link/codec/video_colours.h"

#include <algorithm>
#include <cmath>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;

namespace {

// Pixels of a row that are converted at a time: scratch on the stack, loops of a known length.
constexpr int kRun = 64;

int blue(Pixel p) { return static_cast<int>(p & 255); }
int green(Pixel p) { return static_cast<int>(p >> 8 & 255); }
int red(Pixel p) { return static_cast<int>(p >> 16 & 255); }

void lumaRow(const Pixel* pixels, int count, std::uint8_t* y) {
  for (int i = 0; i < count; ++i) {
    const Pixel p = pixels[i];
    const std::uint32_t sum = 77 * (p >> 16 & 255) + 150 * (p >> 8 & 255) + 29 * (p & 255);
    y[i] = static_cast<std::uint8_t>((sum + 128) >> 8);
  }
}

// Of two rows; `count` samples.
void chromaRow(const Pixel* above, const Pixel* below, int count, std::uint8_t* cb,
               std::uint8_t* cr) {
  constexpr Pixel kRedBlue = 0xff00ff;
  constexpr int kMiddle = (128 << 10) + 511;  // of sums of four, in 1/256; 511: rounded, never 256
  for (int i = 0; i < count; ++i) {
    const Pixel a = above[2 * i];
    const Pixel b = above[2 * i + 1];
    const Pixel c = below[2 * i];
    const Pixel d = below[2 * i + 1];
    const Pixel rb = (a & kRedBlue) + (b & kRedBlue) + (c & kRedBlue) + (d & kRedBlue);
    const int g = green(a) + green(b) + green(c) + green(d);
    const int r = static_cast<int>(rb >> 16);
    const int bl = static_cast<int>(rb & 0xffff);
    cb[i] = static_cast<std::uint8_t>((128 * bl - 43 * r - 85 * g + kMiddle) >> 10);
    cr[i] = static_cast<std::uint8_t>((128 * r - 107 * g - 21 * bl + kMiddle) >> 10);
  }
}

// What chroma adds to the luma of red, green and blue.
struct Tints {
  std::int16_t red[kRun];
  std::int16_t green[kRun];
  std::int16_t blue[kRun];
};

void tint(const std::uint8_t* cb, const std::uint8_t* cr, int pixels, Tints& tints) {
  std::int16_t r[kRun / 2];
  std::int16_t g[kRun / 2];
  std::int16_t b[kRun / 2];
  for (int i = 0; i < pixels / 2; ++i) {
    const int u = cb[i] - 128;
    const int v = cr[i] - 128;
    r[i] = static_cast<std::int16_t>((359 * v + 128) >> 8);
    g[i] = static_cast<std::int16_t>((-88 * u - 183 * v + 128) >> 8);
    b[i] = static_cast<std::int16_t>((454 * u + 128) >> 8);
  }
  for (int i = 0; i < pixels / 2; ++i) {
    tints.red[2 * i] = tints.red[2 * i + 1] = r[i];
    tints.green[2 * i] = tints.green[2 * i + 1] = g[i];
    tints.blue[2 * i] = tints.blue[2 * i + 1] = b[i];
  }
}

std::uint8_t clamped(int value) {
  return static_cast<std::uint8_t>(std::min(255, std::max(0, value)));
}

void pixelRow(const std::uint8_t* y, const Tints& tints, int count, Pixel* out) {
  std::uint8_t r[kRun];
  std::uint8_t g[kRun];
  std::uint8_t b[kRun];
  for (int i = 0; i < count; ++i) r[i] = clamped(static_cast<std::int16_t>(y[i] + tints.red[i]));
  for (int i = 0; i < count; ++i) g[i] = clamped(static_cast<std::int16_t>(y[i] + tints.green[i]));
  for (int i = 0; i < count; ++i) b[i] = clamped(static_cast<std::int16_t>(y[i] + tints.blue[i]));
  for (int i = 0; i < count; ++i) {
    out[i] = static_cast<Pixel>(b[i]) | static_cast<Pixel>(g[i]) << 8 | static_cast<Pixel>(r[i]) << 16;
  }
}

}  // namespace

void toPlanes(ConstFrame picture, const Planes& planes) {
  const auto [width, height] = picture.size;
  for (int y = 0; y < height; y += 2) {
    lumaRow(picture.row(y), width, planes.rows[0] + y * planes.strideBytes[0]);
    lumaRow(picture.row(y + 1), width, planes.rows[0] + (y + 1) * planes.strideBytes[0]);
    chromaRow(picture.row(y), picture.row(y + 1), width / 2,
              planes.rows[1] + y / 2 * planes.strideBytes[1],
              planes.rows[2] + y / 2 * planes.strideBytes[2]);
  }
}

void toPixels(const ConstPlanes& planes, Frame picture) {
  const auto [width, height] = picture.size;
  Tints tints;
  for (int y = 0; y < height; y += 2) {
    const std::uint8_t* cb = planes.rows[1] + y / 2 * planes.strideBytes[1];
    const std::uint8_t* cr = planes.rows[2] + y / 2 * planes.strideBytes[2];
    for (int x = 0; x < width; x += kRun) {
      const int count = std::min(kRun, width - x);
      tint(cb + x / 2, cr + x / 2, count, tints);
      for (const int row : {y, y + 1}) {
        pixelRow(planes.rows[0] + row * planes.strideBytes[0] + x, tints, count, picture.row(row) + x);
      }
    }
  }
}

namespace reference {

namespace {
double mean(ConstFrame f, int x, int y, int (*channel)(Pixel)) {
  return (channel(f.at(x, y)) + channel(f.at(x + 1, y)) + channel(f.at(x, y + 1)) +
          channel(f.at(x + 1, y + 1))) / 4.0;
}
std::uint8_t rounded(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}
}  // namespace

void toPlanes(ConstFrame picture, const Planes& planes) {
  for (int y = 0; y < picture.size.height; ++y) {
    for (int x = 0; x < picture.size.width; ++x) {
      const Pixel p = picture.at(x, y);
      planes.rows[0][y * planes.strideBytes[0] + x] =
          rounded(0.299 * red(p) + 0.587 * green(p) + 0.114 * blue(p));
    }
  }
  for (int y = 0; y < picture.size.height; y += 2) {
    for (int x = 0; x < picture.size.width; x += 2) {
      const double r = mean(picture, x, y, red);
      const double g = mean(picture, x, y, green);
      const double b = mean(picture, x, y, blue);
      planes.rows[1][y / 2 * planes.strideBytes[1] + x / 2] =
          rounded(128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
      planes.rows[2][y / 2 * planes.strideBytes[2] + x / 2] =
          rounded(128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
    }
  }
}

void toPixels(const ConstPlanes& planes, Frame picture) {
  for (int y = 0; y < picture.size.height; ++y) {
    for (int x = 0; x < picture.size.width; ++x) {
      const double luma = planes.rows[0][y * planes.strideBytes[0] + x];
      const double u = planes.rows[1][y / 2 * planes.strideBytes[1] + x / 2] - 128;
      const double v = planes.rows[2][y / 2 * planes.strideBytes[2] + x / 2] - 128;
      picture.at(x, y) = static_cast<Pixel>(rounded(luma + 1.772 * u)) |
                         static_cast<Pixel>(rounded(luma - 0.344136 * u - 0.714136 * v)) << 8 |
                         static_cast<Pixel>(rounded(luma + 1.402 * v)) << 16;
    }
  }
}

}  // namespace reference

}  // namespace lucarne::link
