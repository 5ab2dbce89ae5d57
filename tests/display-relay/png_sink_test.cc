// SPDX-License-Identifier: Apache-2.0
// surface::writePng and the png: sink.
#include <png.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.h"
#include "display-relay/endpoint.h"
#include "surface/png_file.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

struct ReadPng {
  surface::Size size;
  std::vector<std::uint8_t> rgb;
};

ReadPng readPng(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path.c_str())) return {};
  image.format = PNG_FORMAT_RGB;
  ReadPng read{{static_cast<int>(image.width), static_cast<int>(image.height)}, {}};
  read.rgb.resize(PNG_IMAGE_SIZE(image));
  png_image_finish_read(&image, nullptr, read.rgb.data(), 0, nullptr);
  return read;
}

TEST(PngFile, HasEveryPixelInItsColour) {
  const test::TempDir folder;
  const auto buffer = surface::FrameBuffer::create({3, 2});
  buffer.frame().at(0, 0) = 0xff112233;
  buffer.frame().at(2, 1) = 0x00ffeedd;

  ASSERT_TRUE(surface::writePng(folder.path() + "/a.png", buffer.frame()));

  const ReadPng read = readPng(folder.path() + "/a.png");
  EXPECT_EQ(read.size, (surface::Size{3, 2}));
  EXPECT_EQ(read.rgb, (std::vector<std::uint8_t>{0x11, 0x22, 0x33, 0, 0, 0, 0, 0, 0,  //
                                                 0, 0, 0, 0, 0, 0, 0xff, 0xee, 0xdd}));
}

TEST(PngFile, LeavesNothingHalfWrittenBehind) {
  const test::TempDir folder;
  const auto buffer = surface::FrameBuffer::create({3, 2});
  std::filesystem::create_directory(folder.path() + "/taken");

  EXPECT_FALSE(surface::writePng(folder.path() + "/taken", buffer.frame()));
  EXPECT_FALSE(surface::writePng(folder.path() + "/missing/a.png", buffer.frame()));
  EXPECT_FALSE(surface::writePng(folder.path() + "/empty.png", {}));

  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    files += entry.is_regular_file();
  }
  EXPECT_EQ(files, 0);
}

TEST(PngFile, IsItsUsersAloneAndFollowsNoLink) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/a.png";
  const std::string elsewhere = folder.path() + "/elsewhere";
  std::ofstream(elsewhere) << "mine";
  const std::string part = path + "." + std::to_string(::getpid()) + ".part";
  std::filesystem::create_symlink(elsewhere, part);
  const auto buffer = surface::FrameBuffer::create({3, 2});

  ASSERT_TRUE(surface::writePng(path, buffer.frame()));

  EXPECT_EQ(readPng(path).size, (surface::Size{3, 2}));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::filesystem::file_size(elsewhere), 4U);
}

class PngSink : public testing::Test {
 protected:
  void paint(surface::Pixel colour) {
    const auto frame = screen_.paint();
    fillPixels(*frame, {0, 0, 10, 10}, colour);
    screen_.damaged(surface::Damage({0, 0, 10, 10}));
  }
  std::uint8_t blue() { return readPng(path_).rgb.at(2); }

  test::TempDir folder_;
  std::string path_ = folder_.path() + "/guest.png";
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  surface::Screen screen_;
};

TEST_F(PngSink, WritesTheFirstPictureAtOnceAndTheLastAtTheEnd) {
  auto sink = createSink("png:" + path_, {}, screen_, context_);
  sink->start();
  EXPECT_FALSE(std::filesystem::exists(path_));

  screen_.resize({10, 10});
  paint(1);
  EXPECT_EQ(blue(), 1);
  paint(2);
  paint(3);
  EXPECT_EQ(blue(), 1) << "at most one a second";
  sink.reset();

  EXPECT_EQ(blue(), 3);
}

TEST_F(PngSink, WritesThePictureThatWasThereBefore) {
  screen_.resize({10, 10});
  paint(9);

  const auto sink = createSink("png:" + path_, {}, screen_, context_);
  sink->start();

  EXPECT_EQ(blue(), 9);
}

TEST_F(PngSink, CatchesUpWhenItsRestIsOver) {
  const auto sink = createSink("png:" + path_, {}, screen_, context_);
  sink->start();
  screen_.resize({10, 10});
  paint(1);
  paint(2);

  bool late = false;
  const auto limit = loop_.after(std::chrono::seconds(5), [&late] { late = true; });
  while (blue() != 2 && !late) loop_.turn(true);

  EXPECT_FALSE(late);
}

TEST_F(PngSink, SaysAtTheStartThatThereCanBeNoFile) {
  EXPECT_THROW(createSink("png:", {}, screen_, context_), base::UsageError);
  EXPECT_THROW(createSink("png:/missing/a.png", {}, screen_, context_)->start(), base::SetupError);
  EXPECT_THROW(createSink("png:" + folder_.path(), {}, screen_, context_)->start(),
               base::SetupError);
}

}  // namespace
}  // namespace lucarne::relay
