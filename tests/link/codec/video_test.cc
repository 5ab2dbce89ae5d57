// SPDX-License-Identifier: Apache-2.0
#include "link/codec/video_library.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "bench/drawn_pictures.h"
#include "link/codec/video_colours.h"
#include "link/codec/video_headers.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using surface::Pixel;
using surface::Rect;
using surface::Size;
using Bytes = std::vector<std::uint8_t>;

double psnr(surface::ConstFrame a, surface::ConstFrame b) {
  double squares = 0;
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      for (const int shift : {0, 8, 16}) {
        const int p = static_cast<int>(a.at(x, y) >> shift & 255);
        const int q = static_cast<int>(b.at(x, y) >> shift & 255);
        squares += (p - q) * (p - q);
      }
    }
  }
  return 10 * std::log10(255.0 * 255.0 * 3 * static_cast<double>(a.size.pixels()) / std::max(squares, 1e-9));
}

// ---- colours ------------------------------------------------------------------------------------

struct Yuv {
  explicit Yuv(Size size) : size_(size) {
    for (int i = 0; i < 3; ++i) {
      stride[i] = (i == 0 ? size.width : size.width / 2) + 5;
      bytes[i].resize(static_cast<std::size_t>(stride[i]) * static_cast<std::size_t>(size.height));
    }
  }
  Planes planes() {
    return {{bytes[0].data(), bytes[1].data(), bytes[2].data()}, {stride[0], stride[1], stride[2]}};
  }
  ConstPlanes view() const {
    return {{bytes[0].data(), bytes[1].data(), bytes[2].data()}, {stride[0], stride[1], stride[2]}};
  }
  Size size_;
  Bytes bytes[3];
  int stride[3];
};

int farthest(const Bytes& a, const Bytes& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TEST(VideoColours, AreThoseOfTheReferenceWithinOneStep) {
  for (const Size size : {Size{2, 2}, Size{66, 4}, Size{130, 38}, Size{256, 64}}) {
    Canvas picture(size);
    bench::drawNoise(picture.frame(), Rect::of(size), 3);
    fillPixels(picture.frame(), {0, 0, 2, 2}, 0xffffff);
    Yuv fast(size);
    Yuv plain(size);
    toPlanes(picture.view(), fast.planes());
    reference::toPlanes(picture.view(), plain.planes());
    for (int i = 0; i < 3; ++i) EXPECT_LE(farthest(fast.bytes[i], plain.bytes[i]), 1) << i;

    Canvas back(size, 0xff000000);
    Canvas wanted(size);
    toPixels(plain.view(), back.frame());
    reference::toPixels(plain.view(), wanted.frame());
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const Pixel p = back.view().at(x, y);
        const Pixel q = wanted.view().at(x, y);
        ASSERT_EQ(p >> 24, 0u);
        for (const int shift : {0, 8, 16}) {
          ASSERT_LE(std::abs(static_cast<int>(p >> shift & 255) - static_cast<int>(q >> shift & 255)), 2);
        }
      }
    }
  }
}

TEST(VideoColours, KeepGreysAndTheEndsOfTheRange) {
  Canvas picture({16, 2});
  for (int x = 0; x < 16; ++x) {
    const Pixel grey = static_cast<Pixel>(x * 17);
    picture.frame().at(x, 0) = picture.frame().at(x, 1) = grey | grey << 8 | grey << 16;
  }
  Yuv planes(picture.size());
  Canvas back(picture.size());
  // Two different greys share a chroma sample, which is neutral all the same.
  toPlanes(picture.view(), planes.planes());
  toPixels(planes.view(), back.frame());

  EXPECT_EQ(differingPixels(back.view(), picture.view()), 0);
}

// ---- headers ------------------------------------------------------------------------------------

TEST(VideoHeaders, SurviveTheirParameterSets) {
  for (int i = 0; i < 200; ++i) {
    std::minstd_rand random(static_cast<unsigned>(i) + 1);
    VideoHeaders headers;
    headers.log2MaxFrameNum = 4 + static_cast<int>(random() % 13);
    headers.initialQp = static_cast<int>(random() % 52);
    headers.chromaQpOffset = static_cast<int>(random() % 25) - 12;
    headers.cabac = random() % 2 == 0;
    headers.transform8x8 = random() % 2 == 0;
    headers.deblockingControl = random() % 2 == 0;
    const Size size{16 + 2 * static_cast<int>(random() % 900), 16 + 2 * static_cast<int>(random() % 500)};
    Bytes sets;
    headers.writeParameterSets(size, sets);
    Bytes line;
    headers.encode(line);
    base::ByteReader reader(line);

    EXPECT_EQ(VideoHeaders::ofParameterSets(sets, size), headers) << i;
    EXPECT_EQ(line.size(), VideoHeaders::kBytes);
    EXPECT_EQ(VideoHeaders::parse(reader), headers);
    EXPECT_FALSE(VideoHeaders::ofParameterSets(sets, {size.width + 16, size.height}));
  }
}

TEST(VideoHeaders, RefuseWhatIsOutOfRange) {
  for (const Bytes& bad : {Bytes{3, 26, 12, 1}, Bytes{17, 26, 12, 1}, Bytes{4, 52, 12, 1},
                           Bytes{4, 26, 25, 1}, Bytes{4, 26, 12, 8}, Bytes{4, 26, 12}}) {
    base::ByteReader reader(bad);
    EXPECT_FALSE(VideoHeaders::parse(reader));
  }
}

TEST(VideoHeaders, FindNoStartCodeInANalUnit) {
  EXPECT_TRUE(isOneNal(Bytes{0x65, 0, 0, 3, 1}));
  EXPECT_FALSE(isOneNal(Bytes{}));
  EXPECT_FALSE(isOneNal(Bytes{0x65, 0, 0, 1, 0x67}));
  EXPECT_FALSE(isOneNal(Bytes{0x65, 0, 0, 0, 7}));
  EXPECT_FALSE(isOneNal(Bytes{0x65, 9, 0, 0, 2, 7}));
  EXPECT_FALSE(isOneNal(Bytes{0x65, 9, 0}));
}

// ---- the library --------------------------------------------------------------------------------

class Video : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = VideoLibrary::load();
    if (!loaded) GTEST_SKIP() << loaded.error().message;
    library = *std::move(loaded);
    if (!library->createEncoder({64, 64})) GTEST_SKIP() << "libavcodec without libx264";
  }

  // What the encoder makes of `frames` pictures of something that moves.
  std::vector<Bytes> film(Size size, int frames, std::size_t target = 4000) {
    const auto encoder = library->createEncoder(size);
    std::vector<Bytes> bodies(static_cast<std::size_t>(frames));
    for (int n = 0; n < frames; ++n) {
      Canvas picture(size);
      bench::drawPhoto(picture.frame(), Rect::of(size), 9, n * 2);
      EXPECT_TRUE(encoder->encode(picture.view(), target, bodies[static_cast<std::size_t>(n)]));
    }
    return bodies;
  }

  std::shared_ptr<const VideoLibrary> library;
};

TEST_F(Video, ShowsSomethingNearAtOnce) {
  for (const Size size : {Size{320, 240}, Size{130, 178}, Size{16, 16}}) {
    const std::vector<Bytes> bodies = film(size, 30);
    const auto decoder = library->createDecoder(size);
    Canvas shown(size);
    Canvas picture(size);
    for (int n = 0; n < 30; ++n) {
      bench::drawPhoto(picture.frame(), Rect::of(size), 9, n * 2);
      ASSERT_TRUE(decoder->decode(bodies[static_cast<std::size_t>(n)], shown.frame())) << n;
      EXPECT_GT(psnr(shown.view(), picture.view()), 28) << size.width << ", picture " << n;
    }
  }
}

TEST_F(Video, KeepsToItsTarget) {
  const Size size{640, 400};
  for (const std::size_t target : {1500, 4000, 12000}) {
    const std::vector<Bytes> bodies = film(size, 60, target);
    std::size_t sum = 0;
    for (std::size_t n = 0; n < bodies.size(); ++n) {
      EXPECT_LT(bodies[n].size(), target * (n == 0 ? 4 : 2)) << "picture " << n << " of " << target;
      if (n > 0) sum += bodies[n].size();
    }
    EXPECT_LT(sum, 59 * target * 11 / 10);
  }
}

TEST_F(Video, FollowsATargetThatChanges) {
  const Size size{640, 400};
  const auto encoder = library->createEncoder(size);
  for (int n = 0; n < 60; ++n) {
    Canvas picture(size);
    bench::drawPhoto(picture.frame(), Rect::of(size), 9, n * 2);
    Bytes body;
    ASSERT_TRUE(encoder->encode(picture.view(), n < 30 ? 12000 : 2000, body));
    if (n <= 34) continue;
    EXPECT_LT(body.size(), 4000u) << n;
  }
}

TEST_F(Video, RefusesToBeginInTheMiddle) {
  const std::vector<Bytes> bodies = film({320, 240}, 3);
  const auto decoder = library->createDecoder({320, 240});
  Canvas shown({320, 240});

  EXPECT_FALSE(decoder->decode(bodies[1], shown.frame()));
  EXPECT_FALSE(decoder->decode(bodies[0], shown.frame())) << "once broken, always";
}

TEST_F(Video, RefusesAPictureOfAnotherSize) {
  const std::vector<Bytes> bodies = film({320, 240}, 1);
  const auto decoder = library->createDecoder({640, 400});
  Canvas shown({640, 400});

  EXPECT_FALSE(decoder->decode(bodies[0], shown.frame()));
}

TEST_F(Video, RefusesHeadersInDisguise) {
  std::vector<Bytes> bodies = film({320, 240}, 1);
  Canvas shown({320, 240});
  Bytes sets;
  VideoHeaders{}.writeParameterSets({320, 240}, sets);
  Bytes hidden = bodies[0];
  hidden.insert(hidden.end(), sets.begin(), sets.end());
  Bytes plain(bodies[0].begin(), bodies[0].begin() + VideoHeaders::kBytes);
  plain.insert(plain.end(), sets.begin() + 4, sets.end());

  EXPECT_FALSE(library->createDecoder({320, 240})->decode(hidden, shown.frame()));
  EXPECT_FALSE(library->createDecoder({320, 240})->decode(plain, shown.frame()));
}

TEST_F(Video, SurvivesEveryTruncationAndWrongBits) {
  const std::vector<Bytes> bodies = film({128, 128}, 4, 1500);
  Canvas shown({128, 128});
  for (std::size_t length = 0; length < bodies[0].size(); length += 1 + length / 16) {
    const auto decoder = library->createDecoder({128, 128});
    (void)decoder->decode(base::Bytes(bodies[0]).first(length), shown.frame());
  }
  std::minstd_rand random(5);
  for (int i = 0; i < 60; ++i) {
    const auto decoder = library->createDecoder({128, 128});
    for (Bytes body : bodies) {
      body[random() % body.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
      (void)decoder->decode(body, shown.frame());
    }
  }
}

TEST_F(Video, TakesNoSizeThatIsNone) {
  EXPECT_EQ(library->createDecoder({321, 240}), nullptr);
  EXPECT_EQ(library->createDecoder({320, 14}), nullptr);
  EXPECT_EQ(library->createEncoder({16384, 16384}), nullptr);
}

}  // namespace
}  // namespace lucarne::link
