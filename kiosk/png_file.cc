// SPDX-License-Identifier: Apache-2.0
#include "kiosk/png_file.h"

#include <png.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace lucarne::kiosk {

// libpng's simplified interface: no longjmp through our frames.
base::Result<void> writePng(const std::string& path, surface::ConstFrame picture) {
  const std::string beside = fmt::format("{}.{}.part", path, ::getpid());
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.size.width);
  image.height = static_cast<png_uint_32>(picture.size.height);
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;

  std::vector<std::uint8_t> rgb;
  rgb.reserve(static_cast<std::size_t>(picture.size.pixels()) * 3);
  for (int y = 0; y < picture.size.height; ++y) {
    const surface::Pixel* row = picture.row(y);
    for (int x = 0; x < picture.size.width; ++x) {
      rgb.push_back(static_cast<std::uint8_t>(row[x] >> 16));
      rgb.push_back(static_cast<std::uint8_t>(row[x] >> 8));
      rgb.push_back(static_cast<std::uint8_t>(row[x]));
    }
  }
  if (png_image_write_to_file(&image, beside.c_str(), 0, rgb.data(), 0, nullptr) == 0) {
    const std::string why = image.message;
    png_image_free(&image);
    ::unlink(beside.c_str());
    return base::unexpected(fmt::format("write {}: {}", path, why));
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    ::unlink(beside.c_str());
    return base::unexpected(fmt::format("write {}: {}", path, why));
  }
  return {};
}

}  // namespace lucarne::kiosk
