// SPDX-License-Identifier: Apache-2.0
#include "surface/png_file.h"

#include <fcntl.h>
#include <png.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/c_handle.h"
#include "base/unique_fd.h"

namespace lucarne::surface {

namespace {

std::vector<std::uint8_t> toRgb(ConstFrame picture) {
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(picture.size.pixels()) * 3);
  std::uint8_t* out = rgb.data();
  for (int y = 0; y < picture.size.height; ++y) {
    const Pixel* row = picture.row(y);
    for (int x = 0; x < picture.size.width; ++x) {
      *out++ = static_cast<std::uint8_t>(row[x] >> 16);
      *out++ = static_cast<std::uint8_t>(row[x] >> 8);
      *out++ = static_cast<std::uint8_t>(row[x]);
    }
  }
  return rgb;
}

// A file of our own: what lies there under that name, a link to somewhere else too, is not written to.
std::FILE* createFile(const std::string& path) {
  ::unlink(path.c_str());
  auto fd = base::UniqueFd::adopt(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  std::FILE* file = fd ? ::fdopen(fd.get(), "wb") : nullptr;
  if (file) fd.release();
  return file;
}

}  // namespace

base::Result<void> writePng(const std::string& path, ConstFrame picture) {
  if (picture.size.empty()) return base::unexpected(fmt::format("write {}: no picture", path));
  const std::string part = fmt::format("{}.{}.part", path, ::getpid());
  const auto failed = [&path, &part](const std::string& why) {
    ::unlink(part.c_str());
    return base::unexpected(fmt::format("write {}: {}", path, why));
  };
  const std::vector<std::uint8_t> rgb = toRgb(picture);
  // libpng's simplified interface: its other one leaves by longjmp.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.size.width);
  image.height = static_cast<png_uint_32>(picture.size.height);
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;
  const base::CHandle<std::FILE, std::fclose> file(createFile(part));
  if (!file) return failed(std::strerror(errno));
  if (!png_image_write_to_stdio(&image, file.get(), 0, rgb.data(), 0, nullptr)) {
    return failed(image.message);
  }
  if (std::fflush(file.get()) != 0) return failed(std::strerror(errno));
  if (std::rename(part.c_str(), path.c_str()) != 0) return failed(std::strerror(errno));
  return {};
}

void requireWritableFolder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat info {};
  if (::access(folder.c_str(), W_OK | X_OK) < 0) {
    throw base::SetupError(fmt::format("write {}: {}: {}; make the folder or name another one",
                                       path, folder, std::strerror(errno)));
  }
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    throw base::SetupError(fmt::format("write {}: it is a folder; name a file", path));
  }
}

}  // namespace lucarne::surface
