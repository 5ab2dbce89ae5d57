// SPDX-License-Identifier: Apache-2.0
#include "kiosk/png_file.h"

#include <png.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "kiosk/scene.h"

namespace lucarne::kiosk {
namespace {

struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "lucarne-png-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST(PngFile, KeepsEveryColourAndLeavesNothingElseBehind) {
  const Folder folder;
  const std::string path = folder.path / "shot.png";
  Image image(surface::Size{3, 2});
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = 0x10203 * static_cast<surface::Pixel>(i);
  }

  ASSERT_TRUE(writePng(path, image.frame()));

  png_image read{};
  read.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&read, path.c_str()), 0);
  read.format = PNG_FORMAT_BGRA;
  Image back({static_cast<int>(read.width), static_cast<int>(read.height)});
  ASSERT_EQ(back.size, image.size);
  ASSERT_NE(png_image_finish_read(&read, nullptr, back.pixels.data(), 0, nullptr), 0);
  EXPECT_EQ(differingPixels(back.frame(), image.frame()), 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
}

TEST(PngFile, SaysWhereItCannotWrite) {
  const auto written = writePng("/nonexistent/shot.png", Image(surface::Size{2, 2}).frame());

  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/nonexistent/shot.png"), std::string::npos);
}

}  // namespace
}  // namespace lucarne::kiosk
