// SPDX-License-Identifier: Apache-2.0
#include "bench/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "bench/temporary_folder.h"
#include "bench/text_file.h"

namespace lucarne::bench {
namespace {

using namespace std::chrono_literals;
using surface::Damage;
using surface::Rect;

constexpr surface::Size kSize{200, 50};

struct Picture {
  explicit Picture(surface::Size size = kSize)
      : size_(size), pixels(static_cast<std::size_t>(size.pixels())) {}
  surface::Frame frame() { return {pixels.data(), size_, size_.width * 4}; }
  surface::Size size_;
  std::vector<surface::Pixel> pixels;
};

std::vector<std::uint8_t> fileOf(const std::string& path) {
  const std::string text = readText(path);
  return {text.begin(), text.end()};
}

std::vector<std::uint8_t> packed(const std::vector<std::uint8_t>& body) {
  std::vector<std::uint8_t> out(ZSTD_compressBound(body.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), body.data(), body.size(), 1));
  const std::string_view magic = "LUCREC1\n";
  out.insert(out.begin(), magic.begin(), magic.end());
  return out;
}

// A picture of 4 x 2 and one step with one rectangle and `pixels` pixels.
std::vector<std::uint8_t> stepOf(std::uint32_t pauseUs, Rect r, int pixels) {
  std::vector<std::uint8_t> body;
  base::ByteWriter out(body);
  out.u16(4).u16(2).u32(pauseUs).u16(1);
  for (const int v : {r.x, r.y, r.width, r.height}) out.u16(static_cast<std::uint16_t>(v));
  for (int i = 0; i < pixels * 3; ++i) out.u8(7);
  return packed(body);
}

bool canBeRead(std::vector<std::uint8_t> file) {
  auto reader = RecordingReader::open(std::move(file));
  if (!reader) return false;
  Picture picture(reader->size());
  while (true) {
    const auto step = reader->next(picture.frame());
    if (!step) return false;
    if (!step->has_value()) return true;
  }
}

class Recording : public testing::Test {
 protected:
  const TemporaryFolder folder_{"recording-test"};
  const std::string path_ = folder_.file("r");
  const base::TimePoint start_ = base::TimePoint(100s);
};

TEST_F(Recording, GivesBackEveryStepWithItsTime) {
  Picture drawn;
  RecordingWriter writer(path_, kSize);
  fillPixels(drawn.frame(), {0, 0, 200, 50}, 0x112233);
  writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_);
  fillPixels(drawn.frame(), {10, 20, 5, 5}, 0xaabbcc);
  writer.add(drawn.frame(), Damage({10, 20, 5, 5}), start_ + 40ms);
  writer.finish();

  auto reader = RecordingReader::open(fileOf(path_));
  ASSERT_TRUE(reader);
  Picture shown;
  ASSERT_TRUE(reader->next(shown.frame()));
  const auto second = reader->next(shown.frame());
  ASSERT_TRUE(second && second->has_value());
  EXPECT_EQ((*second)->pause, 40ms);
  EXPECT_EQ(shown.pixels, drawn.pixels);
  const auto end = reader->next(shown.frame());
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->has_value());
}

TEST_F(Recording, WritesNothingForAPictureThatIsTheSame) {
  Picture drawn;
  RecordingWriter writer(path_, kSize);
  writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_);

  EXPECT_FALSE(writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_ + 1s));
  EXPECT_EQ(writer.steps(), 1);
}

TEST_F(Recording, ShortensALongRest) {
  Picture drawn;
  RecordingWriter writer(path_, kSize);
  writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_);
  fillPixels(drawn.frame(), {0, 0, 1, 1}, 0xffffff);
  writer.add(drawn.frame(), Damage({0, 0, 1, 1}), start_ + 1h);
  writer.finish();

  auto reader = RecordingReader::open(fileOf(path_));
  Picture shown;
  (void)reader->next(shown.frame());
  const auto step = reader->next(shown.frame());
  ASSERT_TRUE(step && step->has_value());
  EXPECT_EQ((*step)->pause, kLongestPause);
}

TEST_F(Recording, PlaysAgainFromTheStart) {
  Picture drawn;
  RecordingWriter writer(path_, kSize);
  fillPixels(drawn.frame(), {0, 0, 200, 50}, 0x445566);
  writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_);
  writer.finish();
  auto reader = RecordingReader::open(fileOf(path_));
  Picture shown;
  (void)reader->next(shown.frame());
  (void)reader->next(shown.frame());

  reader->rewind();
  Picture again;
  const auto step = reader->next(again.frame());

  ASSERT_TRUE(step && step->has_value());
  EXPECT_EQ(again.pixels, drawn.pixels);
}

TEST_F(Recording, RefusesEveryTruncation) {
  Picture drawn;
  RecordingWriter writer(path_, kSize);
  for (int i = 0; i < 200; ++i)
    drawn.pixels[static_cast<std::size_t>(i * 7)] = static_cast<surface::Pixel>(i * 7919);
  writer.add(drawn.frame(), Damage({0, 0, 200, 50}), start_);
  writer.finish();
  const std::vector<std::uint8_t> whole = fileOf(path_);
  ASSERT_TRUE(canBeRead(whole));

  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(canBeRead({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}))
        << length;
  }
}

TEST(RecordingReader, AcceptsARectangleThatFitsExactly) {
  EXPECT_TRUE(canBeRead(stepOf(0, {1, 1, 3, 1}, 3)));
}

TEST(RecordingReader, RefusesARectangleOnePastTheEdge) {
  EXPECT_FALSE(canBeRead(stepOf(0, {2, 1, 3, 1}, 3)));
  EXPECT_FALSE(canBeRead(stepOf(0, {1, 2, 3, 1}, 3)));
}

TEST(RecordingReader, RefusesAnEmptyRectangle) {
  EXPECT_FALSE(canBeRead(stepOf(0, {1, 1, 0, 1}, 0)));
}

TEST(RecordingReader, RefusesAPauseLongerThanTheLongest) {
  EXPECT_TRUE(canBeRead(stepOf(10'000'000, {0, 0, 1, 1}, 1)));
  EXPECT_FALSE(canBeRead(stepOf(10'000'001, {0, 0, 1, 1}, 1)));
}

TEST(RecordingReader, RefusesMorePixelsInAStepThanThePictureHas) {
  std::vector<std::uint8_t> body;
  base::ByteWriter out(body);
  out.u16(4).u16(2).u32(0).u16(2);
  for (int rect = 0; rect < 2; ++rect) {
    out.u16(0).u16(0).u16(4).u16(2);
    for (int i = 0; i < 24; ++i) out.u8(0);
  }

  EXPECT_FALSE(canBeRead(packed(body)));
}

TEST(RecordingReader, RefusesASizeThatCannotBeShown) {
  std::vector<std::uint8_t> body;
  base::ByteWriter(body).u16(65535).u16(65535);

  EXPECT_FALSE(RecordingReader::open(packed(body)));
}

}  // namespace
}  // namespace lucarne::bench
