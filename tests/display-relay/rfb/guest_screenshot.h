// SPDX-License-Identifier: Apache-2.0
// What a guest's own tools say that its screen looks like.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/byte_reader.h"
#include "surface/frame.h"

namespace lucarne::relay::testing {

struct Screenshot {
  surface::Size size;
  std::vector<surface::Pixel> pixels;

  surface::ConstFrame frame() const { return {pixels.data(), size, size.width * 4}; }
  bool equals(surface::ConstFrame picture) const {
    return !size.empty() && picture.size == size && surface::differingPixels(frame(), picture) == 0;
  }
  /// In words, where the two differ.
  std::string difference(surface::ConstFrame picture) const {
    if (!(picture.size == size)) {
      return fmt::format("the guest has {}x{}, the picture {}x{}", size.width, size.height,
                         picture.size.width, picture.size.height);
    }
    surface::Rect where;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        if ((frame().at(x, y) ^ picture.at(x, y)) & surface::kColourMask) {
          where = surface::bounding(where, {x, y, 1, 1});
        }
      }
    }
    return fmt::format("{} pixels differ, within {}x{} at {},{}",
                       surface::differingPixels(frame(), picture), where.width, where.height,
                       where.x, where.y);
  }
};

inline std::vector<std::uint8_t> fileBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An `xwd -root` of a 32-bit little-endian ZPixmap; empty when it is something else.
inline Screenshot readXwd(const std::string& path) {
  const auto bytes = fileBytes(path);
  base::ByteReader r(bytes);
  std::uint32_t head[25];
  for (std::uint32_t& word : head) word = r.u32be();
  const std::uint32_t headerBytes = head[0];
  const std::uint32_t width = head[4], height = head[5], byteOrder = head[7], bits = head[11];
  const std::uint32_t stride = head[12], colours = head[19];
  if (!r.ok() || bits != 32 || byteOrder != 0 || headerBytes < sizeof head) return {};
  r.skip(headerBytes - sizeof head + colours * 12);
  Screenshot shot{{static_cast<int>(width), static_cast<int>(height)}, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    base::ByteReader row(r.take(stride));
    for (std::uint32_t x = 0; x < width; ++x) shot.pixels.push_back(row.u32());
  }
  return r.ok() ? shot : Screenshot{};
}

/// A binary PPM ("P6 WIDTH HEIGHT 255"); empty when it is something else.
inline Screenshot readPpm(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic;
  int width = 0, height = 0, most = 0;
  in >> magic >> width >> height >> most;
  in.get();
  if (!in || magic != "P6" || most != 255) return {};
  Screenshot shot{{width, height}, {}};
  for (int i = 0; i < width * height; ++i) {
    const unsigned red = static_cast<unsigned>(in.get());
    const unsigned green = static_cast<unsigned>(in.get());
    shot.pixels.push_back(red << 16 | green << 8 | static_cast<unsigned>(in.get()));
  }
  return in ? shot : Screenshot{};
}

}  // namespace lucarne::relay::testing
