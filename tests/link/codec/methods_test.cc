// SPDX-License-Identifier: Apache-2.0
#include "link/codec/methods.h"

#include <gtest/gtest.h>

#include <cmath>

#include "link/codec/jpeg_strip.h"
#include "link/codec/palette.h"
#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Rect;
using surface::Size;

Canvas photo(Size size) {
  Canvas c(size);
  bench::drawPhoto(c.frame(), Rect::of(size), 3);
  return c;
}

Canvas text(Size size) {
  Canvas c(size);
  bench::drawText(c.frame(), Rect::of(size), 3);
  return c;
}

constexpr Size kSizes[] = {{1, 1}, {64, 64}, {63, 5}, {1, 64}, {200, 3}, {17, 33}};

class ExactMethod : public testing::TestWithParam<MethodId> {
 protected:
  Methods methods_ = createMethods();
  TileMethod& how_ = *methods_[static_cast<std::size_t>(GetParam())];
};

INSTANTIATE_TEST_SUITE_P(All, ExactMethod,
                         testing::Values(MethodId::Plain32, MethodId::Plain24, MethodId::Palette,
                                         MethodId::Delta, MethodId::Gradient),
                         [](const auto& method) {
                           return createMethods()[static_cast<std::size_t>(method.param)]->name();
                         });

TEST_P(ExactMethod, GivesBackWhatWasWritten) {
  for (const Size size : kSizes) {
    const Canvas now = GetParam() == MethodId::Palette ? text(size) : photo(size);
    Canvas before = photo(size);
    fillPixels(before.frame(), {0, 0, 10, 10}, 0x332211);
    std::vector<std::uint8_t> body{9};

    ASSERT_TRUE(how_.forward(now.view(), before.view(), body));
    ASSERT_LE(body.size() - 1, how_.longestBody(size));
    ASSERT_TRUE(how_.inverse(base::Bytes(body).subspan(1), before.frame()));

    EXPECT_EQ(differingPixels(now.view(), before.view()), 0) << size.width << "x" << size.height;
    EXPECT_EQ(body[0], 9) << "what was there before is left alone";
  }
}

TEST_P(ExactMethod, RefusesEveryTruncation) {
  const Size size{17, 9};
  const Canvas now = GetParam() == MethodId::Palette ? text(size) : photo(size);
  Canvas before = photo(size);
  std::vector<std::uint8_t> body;
  ASSERT_TRUE(how_.forward(now.view(), before.view(), body));

  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(how_.inverse(base::Bytes(body).first(length), before.frame())) << length;
  }
  body.push_back(0);
  EXPECT_FALSE(how_.inverse(body, before.frame())) << "one byte too many";
}

TEST(PaletteMethod, RefusesMoreColoursThanItHolds) {
  Canvas c({64, 64});
  bench::drawNoise(c.frame(), Rect::of(c.size()), 1);
  std::vector<std::uint8_t> body;

  EXPECT_FALSE(Palette().forward(c.view(), c.view(), body));
  EXPECT_TRUE(body.empty());
}

TEST(PaletteMethod, TakesEveryNumberOfColours) {
  for (const int colours : {1, 2, 3, 4, 5, 16, 17, 128, 129, 256}) {
    for (const Palette::Shape shape : {Palette::Shape::Narrow, Palette::Shape::Wide}) {
      Canvas c({64, 64});
      for (int i = 0; i < 64 * 64; ++i) {
        c.frame().at(i % 64, i / 64) = static_cast<surface::Pixel>(i * 7 % colours * 65793);
      }
      Palette palette;
      palette.setShape(shape);
      Canvas back({64, 64});
      std::vector<std::uint8_t> body;

      ASSERT_TRUE(palette.forward(c.view(), c.view(), body));
      ASSERT_TRUE(palette.inverse(body, back.frame()));

      EXPECT_EQ(differingPixels(c.view(), back.view()), 0) << colours;
    }
  }
}

TEST(PaletteMethod, WritesLongRunsShort) {
  Canvas c({64, 64}, 5);
  fillPixels(c.frame(), {0, 30, 64, 2}, 9);
  std::vector<std::uint8_t> body;

  ASSERT_TRUE(Palette().forward(c.view(), c.view(), body));

  // Two colours, the form, and three runs of at most three bytes.
  EXPECT_LE(body.size(), 1u + 6 + 1 + 9);
}

TEST(PaletteMethod, RefusesRunsBeyondTheEnd) {
  const std::vector<std::uint8_t> body = {0, 1, 2, 3, 4, 0x80, 15};  // 17 pixels of colour 0
  Canvas c({4, 4});

  EXPECT_FALSE(Palette().inverse(body, c.frame()));
}

double psnr(surface::ConstFrame a, surface::ConstFrame b) {
  double sum = 0;
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      for (int shift = 0; shift < 24; shift += 8) {
        const double d = double(a.at(x, y) >> shift & 255) - double(b.at(x, y) >> shift & 255);
        sum += d * d;
      }
    }
  }
  return 10 * std::log10(255.0 * 255 * 3 * static_cast<double>(a.size.pixels()) / sum);
}

TEST(JpegStripMethod, ComesNearAndNearerWithQuality) {
  const Size size{200, 64};
  const Canvas now = photo(size);
  double last = 0;
  std::size_t lastBytes = 0;
  for (const int quality : {20, 50, 85}) {
    JpegStrip encoder;
    JpegStrip decoder;
    encoder.setQuality(quality, JpegStrip::Sampling::Half);
    std::vector<std::uint8_t> body;
    Canvas back(size);

    ASSERT_TRUE(encoder.forward(now.view(), now.view(), body));
    ASSERT_TRUE(decoder.inverse(body, back.frame()));

    EXPECT_GT(psnr(now.view(), back.view()), last);
    EXPECT_GT(body.size(), lastBytes);
    last = psnr(now.view(), back.view());
    lastBytes = body.size();
  }
  EXPECT_GT(last, 30);
}

TEST(JpegStripMethod, SavesBytesByArithmetic) {
  if (!JpegStrip::hasArithmetic()) GTEST_SKIP() << "libjpeg without arithmetic coding";
  for (const Size size : {Size{200, 64}, Size{1, 1}, Size{17, 3}, Size{1280, 64}}) {
    const Canvas now = photo(size);
    JpegStrip encoder;
    JpegStrip decoder;
    Canvas huffman(size);
    Canvas arithmetic(size);
    std::vector<std::uint8_t> usual;
    std::vector<std::uint8_t> small;

    encoder.setQuality(20, JpegStrip::Sampling::Half);
    ASSERT_TRUE(encoder.forward(now.view(), {}, usual));
    encoder.setQuality(20, JpegStrip::Sampling::HalfArithmetic);
    ASSERT_TRUE(encoder.forward(now.view(), {}, small));
    ASSERT_TRUE(decoder.inverse(usual, huffman.frame()));
    ASSERT_TRUE(decoder.inverse(small, arithmetic.frame()));

    EXPECT_LE(small.size(), usual.size() + 8);
    EXPECT_TRUE(size.width < 100 || small.size() * 10 < usual.size() * 9) << small.size() << " of " << usual.size();
    EXPECT_EQ(differingPixels(huffman.view(), arithmetic.view()), 0) << "the coefficients are the same";
  }
}

TEST(JpegStripMethod, SketchesInATenthOfTheBytes) {
  if (!JpegStrip::hasArithmetic()) GTEST_SKIP() << "libjpeg without arithmetic coding";
  for (const Size size : {Size{1280, 64}, Size{1, 1}, Size{9, 70}, Size{63, 8}}) {
    const Canvas now = photo(size);
    JpegStrip encoder;
    JpegStrip decoder;
    std::vector<std::uint8_t> usual;
    std::vector<std::uint8_t> sketch;
    Canvas back(size);

    encoder.setQuality(45, JpegStrip::Sampling::Half);
    ASSERT_TRUE(encoder.forward(now.view(), {}, usual));
    encoder.setQuality(45, JpegStrip::Sampling::Eighth);
    ASSERT_TRUE(encoder.forward(now.view(), {}, sketch));
    ASSERT_TRUE(decoder.inverse(sketch, back.frame()));

    EXPECT_TRUE(size.width < 100 || sketch.size() * 10 < usual.size());
    EXPECT_GT(psnr(now.view(), back.view()), 20);
  }
}

TEST(JpegStripMethod, RefusesArithmeticThatEndsTooSoon) {
  if (!JpegStrip::hasArithmetic()) GTEST_SKIP() << "libjpeg without arithmetic coding";
  const Canvas now = photo({200, 64});
  JpegStrip jpeg;
  Canvas back(Size{200, 64});
  for (const auto sampling : {JpegStrip::Sampling::HalfArithmetic, JpegStrip::Sampling::Eighth}) {
    jpeg.setQuality(50, sampling);
    std::vector<std::uint8_t> body;
    ASSERT_TRUE(jpeg.forward(now.view(), {}, body));

    // Zeros at the end need not be sent, so a cut body may be a whole one: none may do harm.
    for (std::size_t length = 0; length < body.size(); ++length) {
      jpeg.inverse(base::Bytes(body).first(length), back.frame());
    }
    EXPECT_FALSE(jpeg.inverse(base::Bytes(body).first(1), back.frame()));
  }
}

TEST(JpegStripMethod, SendsNoHeaders) {
  Canvas c({8, 8}, 0x808080);
  std::vector<std::uint8_t> body;

  ASSERT_TRUE(JpegStrip().forward(c.view(), c.view(), body));

  EXPECT_LT(body.size(), 20u);
}

TEST(JpegStripMethod, RefusesQualitiesThatDoNotExist) {
  Canvas c({8, 8});
  JpegStrip jpeg;
  std::vector<std::uint8_t> body;
  ASSERT_TRUE(jpeg.forward(c.view(), c.view(), body));

  for (const std::uint8_t quality : {0, 101, 255}) {
    body[0] = quality;
    EXPECT_FALSE(jpeg.inverse(body, c.frame()));
  }
  body[0] = 50;
  body[1] = 4;
  EXPECT_FALSE(jpeg.inverse(body, c.frame()));
}

}  // namespace
}  // namespace lucarne::link
