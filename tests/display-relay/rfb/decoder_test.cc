// SPDX-License-Identifier: Apache-2.0
// Every decoder: what it paints, in one piece and in pieces of any size, and what it refuses.
#include "display-relay/sources/rfb/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/support/jpeg_bytes.h"
#include "tests/support/rfb_bytes.h"

namespace lucarne::relay::rfb {
namespace {

using surface::Frame;
using surface::Pixel;
using surface::Rect;
using testing::compactLength;
using testing::Deflater;
using testing::jpegOf;
using testing::Octets;
using testing::ServerBytes;

constexpr Pixel kRed = 0xff0000;
constexpr Pixel kGreen = 0x00ff00;
constexpr Pixel kBlue = 0x0000ff;
constexpr Pixel kOdd = 0x123456;
constexpr Pixel kUntouched = 0xa5a5a5;
constexpr surface::Size kSize{96, 80};

/// A picture with a frame of untouched pixels all around what is tested.
class Canvas {
 public:
  Canvas() : pixels_(static_cast<std::size_t>(kSize.pixels()), kUntouched) {}
  Frame frame() { return {pixels_.data(), kSize, kSize.width * 4}; }
  Pixel at(int x, int y) { return frame().at(x, y) & surface::kColourMask; }
  friend bool operator==(const Canvas& a, const Canvas& b) { return a.pixels_ == b.pixels_; }

 private:
  std::vector<Pixel> pixels_;
};

/// Feeds `bytes` to a decoder that has begun, `chunk` at a time, keeping what it leaves.
base::Result<bool> feed(RectDecoder& decoder, const Octets& bytes, std::size_t chunk, Canvas& canvas,
                        std::size_t* used = nullptr) {
  std::size_t start = 0;
  for (std::size_t end = std::min(chunk, bytes.size());;
       end = std::min(end + chunk, bytes.size())) {
    auto step = decoder.take(base::Bytes(bytes).subspan(start, end - start), canvas.frame());
    if (!step) return base::Unexpected<base::Error>{step.error()};
    start += step->used;
    if (used) *used = start;
    if (step->done) return true;
    if (end == bytes.size()) return false;
  }
}

std::string failure(Encoding encoding, const Rect& rect, const Octets& bytes) {
  Decoders decoders;
  Canvas canvas;
  RectDecoder* decoder = decoders.find(encoding);
  decoder->begin(rect);
  auto result = feed(*decoder, bytes, bytes.size(), canvas);
  return result ? "" : result.error().message;
}

struct Sample {
  const char* name;
  Encoding encoding;
  Rect rect;
  Octets bytes;
};

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name; }

Octets zrle(const Octets& tiles) {
  const Octets packed = Deflater().run(tiles);
  return ServerBytes().u32(static_cast<std::uint32_t>(packed.size())).raw(packed).bytes;
}

Octets tight(const ServerBytes& head, const Octets& filtered) {
  const Octets packed = Deflater().run(filtered);
  return ServerBytes(head).raw(compactLength(packed.size())).raw(packed).bytes;
}

Octets rawPixels(int count) {
  ServerBytes bytes;
  for (int i = 0; i < count; ++i) bytes.pixel(static_cast<Pixel>(i) * 0x010203);
  return bytes.bytes;
}

Octets rgbPixels(int count) {
  ServerBytes bytes;
  for (int i = 0; i < count; ++i) bytes.rgb(static_cast<Pixel>(i) * 0x010203);
  return bytes.bytes;
}

Octets hextileOfTwoTiles() {
  return ServerBytes()
      .u8(2 | 4 | 8).pixel(kRed).pixel(kBlue).u8(2)      // 16x16: blue parts on red
      .u8(0x00).u8(0x10)                                 // 2x1 at 0,0
      .u8(0x3f).u8(0xc0)                                 // 13x1 at 3,15
      .u8(8 | 16).u8(1).pixel(kGreen).u8(0x10).u8(0x00)  // 4x16: red carried over, a coloured part
      .bytes;
}

ServerBytes zrleRuns() {
  return ServerBytes().u8(128).bgr(kRed).u8(255).u8(0).bgr(kGreen).u8(43);  // 256 + 44 = 300
}

std::vector<Sample> samples() {
  ServerBytes palette;
  palette.u8(0x50).u8(1).u8(2).rgb(kRed).rgb(kGreen).rgb(kBlue);  // stream 1, filter palette of 3
  Octets indices;
  for (int i = 0; i < 30 * 20; ++i) indices.push_back(static_cast<std::uint8_t>(i % 3));
  const Octets jpeg = jpegOf(24, 16, kGreen);
  return {
      {"Raw", Encoding::Raw, {3, 2, 7, 5}, rawPixels(35)},
      {"CopyRect", Encoding::CopyRect, {1, 1, 4, 3}, ServerBytes().u16(20).u16(10).bytes},
      {"Rre", Encoding::Rre, {5, 6, 10, 8},
       ServerBytes().u32(2).pixel(kRed).pixel(kBlue).u16(0).u16(0).u16(3).u16(2).pixel(kGreen)
           .u16(9).u16(7).u16(1).u16(1).bytes},
      {"Hextile", Encoding::Hextile, {4, 4, 20, 16}, hextileOfTwoTiles()},
      {"HextileRaw", Encoding::Hextile, {4, 4, 3, 2}, ServerBytes().u8(1).raw(rawPixels(6)).bytes},
      {"ZrleRaw", Encoding::Zrle, {2, 3, 3, 2},
       zrle(ServerBytes().u8(0).bgr(1).bgr(2).bgr(3).bgr(4).bgr(5).bgr(kOdd).bytes)},
      {"ZrleSolidTiles", Encoding::Zrle, {2, 3, 70, 65},
       zrle(ServerBytes().u8(1).bgr(kRed).u8(1).bgr(kGreen).u8(1).bgr(kBlue).u8(1).bgr(kOdd).bytes)},
      {"ZrlePacked", Encoding::Zrle, {2, 3, 5, 2},
       zrle(ServerBytes().u8(3).bgr(kRed).bgr(kGreen).bgr(kBlue).u8(0x18).u8(0x40).u8(0x81).u8(0)
                .bytes)},
      {"ZrleRuns", Encoding::Zrle, {2, 3, 20, 15}, zrle(zrleRuns().bytes)},
      {"ZrlePaletteRuns", Encoding::Zrle, {2, 3, 20, 15},
       zrle(ServerBytes().u8(130).bgr(kRed).bgr(kGreen).u8(0).u8(129).u8(255).u8(43).bytes)},
      {"TightFill", Encoding::Tight, {9, 9, 30, 20}, ServerBytes().u8(0x80).rgb(kOdd).bytes},
      {"TightJpeg", Encoding::Tight, {9, 9, 24, 16},
       ServerBytes().u8(0x90).raw(compactLength(jpeg.size())).raw(jpeg).bytes},
      {"TightCopy", Encoding::Tight, {9, 9, 30, 20}, tight(ServerBytes().u8(0x20), rgbPixels(600))},
      {"TightPlain", Encoding::Tight, {9, 9, 3, 1}, ServerBytes().u8(0).raw(rgbPixels(3)).bytes},
      {"TightPalette", Encoding::Tight, {9, 9, 30, 20}, tight(palette, indices)},
      {"TightTwoColours", Encoding::Tight, {9, 9, 10, 8},
       tight(ServerBytes().u8(0x40).u8(1).u8(1).rgb(kRed).rgb(kBlue),
             {0xaa, 0x80, 0x55, 0x40, 0, 0, 0xff, 0xc0, 1, 2, 3, 4, 5, 6, 7, 8})},
      {"TightGradient", Encoding::Tight, {9, 9, 30, 20},
       tight(ServerBytes().u8(0x70).u8(2), rgbPixels(600))},
  };
}

class EveryDecoder : public ::testing::TestWithParam<Sample> {};

TEST_P(EveryDecoder, PaintsTheSameInPiecesOfAnySize) {
  const Sample& sample = GetParam();
  Canvas whole;
  Decoders decoders;
  RectDecoder* decoder = decoders.find(sample.encoding);
  decoder->begin(sample.rect);
  std::size_t used = 0;
  const auto done = feed(*decoder, sample.bytes, sample.bytes.size(), whole, &used);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(*done);
  EXPECT_EQ(used, sample.bytes.size());

  for (std::size_t chunk = 1; chunk < sample.bytes.size(); ++chunk) {
    Canvas canvas;
    Decoders fresh;
    RectDecoder* pieces = fresh.find(sample.encoding);
    pieces->begin(sample.rect);
    const auto result = feed(*pieces, sample.bytes, chunk, canvas);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_TRUE(*result) << "in pieces of " << chunk;
    ASSERT_TRUE(canvas == whole) << "in pieces of " << chunk;
  }
}

TEST_P(EveryDecoder, WaitsAtEveryTruncation) {
  const Sample& sample = GetParam();
  for (std::size_t length = 0; length < sample.bytes.size(); ++length) {
    Canvas canvas;
    Decoders decoders;
    RectDecoder* decoder = decoders.find(sample.encoding);
    decoder->begin(sample.rect);
    const Octets cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<long>(length));
    const auto result = feed(*decoder, cut, std::max<std::size_t>(length, 1), canvas);
    ASSERT_TRUE(result) << "after " << length << " bytes: " << result.error().message;
    ASSERT_FALSE(*result) << "after " << length << " bytes";
  }
}

TEST_P(EveryDecoder, TouchesNothingOutsideItsRectangle) {
  const Sample& sample = GetParam();
  Canvas canvas;
  Decoders decoders;
  RectDecoder* decoder = decoders.find(sample.encoding);
  decoder->begin(sample.rect);

  ASSERT_TRUE(feed(*decoder, sample.bytes, sample.bytes.size(), canvas));

  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) {
      if (!sample.rect.contains(x, y)) {
        ASSERT_EQ(canvas.at(x, y), kUntouched) << x << "," << y;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, EveryDecoder, ::testing::ValuesIn(samples()),
                         [](const auto& sample) { return std::string(sample.param.name); });

Canvas painted(const char* name) {
  Canvas canvas;
  for (const Sample& sample : samples()) {
    if (std::strcmp(sample.name, name) != 0) continue;
    Decoders decoders;
    RectDecoder* decoder = decoders.find(sample.encoding);
    decoder->begin(sample.rect);
    EXPECT_TRUE(feed(*decoder, sample.bytes, sample.bytes.size(), canvas));
  }
  return canvas;
}

TEST(RawDecoder, PaintsRowByRow) {
  Canvas canvas = painted("Raw");

  EXPECT_EQ(canvas.at(3, 2), 0u);
  EXPECT_EQ(canvas.at(9, 2), 6u * 0x010203);
  EXPECT_EQ(canvas.at(3, 3), 7u * 0x010203);
  EXPECT_EQ(canvas.at(9, 6), 34u * 0x010203);
}

TEST(RawDecoder, LendsTheRowsOfThePictureToTheSocket) {
  const auto decoder = createRawDecoder();
  Canvas canvas;
  const Octets bytes = rawPixels(35);
  decoder->begin({3, 2, 7, 5});
  const auto first = decoder->take(base::Bytes(bytes).first(30), canvas.frame());
  ASSERT_TRUE(first);
  std::vector<iovec> pieces;

  const std::size_t room = decoder->direct(canvas.frame(), 100, pieces);

  ASSERT_EQ(room, 110u);
  ASSERT_EQ(pieces.size(), 4u);  // the rest of row 1 (30 bytes into rows of 28) and three whole ones
  std::size_t at = 30;
  for (const iovec& piece : pieces) {
    std::memcpy(piece.iov_base, bytes.data() + at, piece.iov_len);
    at += piece.iov_len;
  }
  EXPECT_TRUE(decoder->landed(room));
  EXPECT_TRUE(canvas == painted("Raw"));
}

TEST(RawDecoder, LendsNoMoreRowsThanAreAskedFor) {
  const auto decoder = createRawDecoder();
  Canvas canvas;
  std::vector<iovec> pieces;
  decoder->begin({3, 2, 7, 5});

  EXPECT_EQ(decoder->direct(canvas.frame(), 2, pieces), 56u);
  EXPECT_FALSE(decoder->landed(56));
  EXPECT_EQ(pieces.size(), 2u);
}

TEST(RawDecoder, LendsRowsThatTouchAsOnePiece) {
  const auto decoder = createRawDecoder();
  Canvas canvas;
  std::vector<iovec> pieces;
  decoder->begin({0, 4, kSize.width, 70});

  EXPECT_EQ(decoder->direct(canvas.frame(), 2, pieces), std::size_t{96 * 70 * 4});
  EXPECT_EQ(pieces.size(), 1u);
}

TEST(CopyRectDecoder, MovesPixelsThatOverlap) {
  Canvas canvas;
  surface::fillPixels(canvas.frame(), {0, 0, 2, 2}, kRed);
  const auto decoder = createCopyRectDecoder();
  decoder->begin({1, 1, 2, 2});

  const auto step = decoder->take(ServerBytes().u16(0).u16(0).bytes, canvas.frame());

  ASSERT_TRUE(step && step->done);
  EXPECT_EQ(canvas.at(2, 2), kRed);
  EXPECT_EQ(canvas.at(0, 0), kRed);
  EXPECT_EQ(canvas.at(3, 3), kUntouched);
}

TEST(CopyRectDecoder, RefusesASourceOutsideTheScreen) {
  EXPECT_NE(failure(Encoding::CopyRect, {0, 0, 10, 10}, ServerBytes().u16(87).u16(0).bytes), "");
  EXPECT_NE(failure(Encoding::CopyRect, {0, 0, 10, 10}, ServerBytes().u16(0).u16(71).bytes), "");
  EXPECT_EQ(failure(Encoding::CopyRect, {0, 0, 10, 10}, ServerBytes().u16(86).u16(70).bytes), "");
  EXPECT_NE(failure(Encoding::CopyRect, {0, 0, 1, 1}, ServerBytes().u16(65535).u16(65535).bytes), "");
}

TEST(RreDecoder, PaintsPartsOnABackground) {
  Canvas canvas = painted("Rre");

  EXPECT_EQ(canvas.at(5, 6), kBlue);
  EXPECT_EQ(canvas.at(7, 7), kBlue);
  EXPECT_EQ(canvas.at(8, 7), kRed);
  EXPECT_EQ(canvas.at(14, 13), kGreen);
}

TEST(RreDecoder, RefusesPartsOutsideTheRectangle) {
  const auto part = [](unsigned x, unsigned y, unsigned w, unsigned h) {
    return ServerBytes().u32(1).pixel(0).pixel(1).u16(x).u16(y).u16(w).u16(h).bytes;
  };
  EXPECT_EQ(failure(Encoding::Rre, {80, 70, 10, 8}, part(9, 7, 1, 1)), "");
  EXPECT_NE(failure(Encoding::Rre, {80, 70, 10, 8}, part(9, 7, 2, 1)), "");
  EXPECT_NE(failure(Encoding::Rre, {80, 70, 10, 8}, part(9, 7, 1, 2)), "");
  EXPECT_NE(failure(Encoding::Rre, {80, 70, 10, 8}, part(65535, 65535, 65535, 65535)), "");
}

TEST(RreDecoder, RefusesMorePartsThanPixels) {
  EXPECT_NE(failure(Encoding::Rre, {0, 0, 4, 4}, ServerBytes().u32(17).pixel(0).bytes), "");
  EXPECT_NE(failure(Encoding::Rre, {0, 0, 4, 4}, ServerBytes().u32(0xffffffff).pixel(0).bytes), "");
}

TEST(RreDecoder, RefusesToPaintTheSamePixelsOverAndOver) {
  ServerBytes bytes;
  bytes.u32(1000).pixel(0);
  for (int i = 0; i < 1000; ++i) bytes.pixel(1).u16(0).u16(0).u16(96).u16(80);

  EXPECT_NE(failure(Encoding::Rre, Rect::of(kSize), bytes.bytes), "");
}

TEST(HextileDecoder, CarriesColoursFromTileToTile) {
  Canvas canvas = painted("Hextile");

  EXPECT_EQ(canvas.at(4, 4), kBlue);
  EXPECT_EQ(canvas.at(5, 4), kBlue);
  EXPECT_EQ(canvas.at(6, 4), kRed);
  EXPECT_EQ(canvas.at(19, 19), kBlue);
  EXPECT_EQ(canvas.at(20, 4), kRed);   // second tile: background carried over
  EXPECT_EQ(canvas.at(21, 4), kGreen);
}

TEST(HextileDecoder, RefusesPartsOutsideTheTile) {
  const auto part = [](unsigned place, unsigned size) {
    return ServerBytes().u8(2 | 8).pixel(0).u8(1).u8(place).u8(size).bytes;
  };
  EXPECT_EQ(failure(Encoding::Hextile, {0, 0, 5, 4}, part(0x43, 0x00)), "");
  EXPECT_NE(failure(Encoding::Hextile, {0, 0, 5, 4}, part(0x43, 0x10)), "");
  EXPECT_NE(failure(Encoding::Hextile, {0, 0, 5, 4}, part(0x43, 0x01)), "");
  EXPECT_NE(failure(Encoding::Hextile, {91, 76, 5, 4}, part(0xff, 0xff)), "");
}

TEST(ZrleDecoder, PaintsTilesFromLeftToRightAndDown) {
  Canvas canvas = painted("ZrleSolidTiles");

  EXPECT_EQ(canvas.at(2, 3), kRed);
  EXPECT_EQ(canvas.at(65, 66), kRed);
  EXPECT_EQ(canvas.at(66, 3), kGreen);
  EXPECT_EQ(canvas.at(2, 67), kBlue);
  EXPECT_EQ(canvas.at(71, 67), kOdd);
}

TEST(ZrleDecoder, ReadsPackedIndicesFromTheHighBits) {
  Canvas canvas = painted("ZrlePacked");  // 00 01 10 00 | 01…  and 10 00 00 01 | 00…

  EXPECT_EQ(canvas.at(2, 3), kRed);
  EXPECT_EQ(canvas.at(3, 3), kGreen);
  EXPECT_EQ(canvas.at(4, 3), kBlue);
  EXPECT_EQ(canvas.at(6, 3), kGreen);
  EXPECT_EQ(canvas.at(2, 4), kBlue);
  EXPECT_EQ(canvas.at(5, 4), kGreen);
}

TEST(ZrleDecoder, LetsRunsGoOnInTheNextRow) {
  Canvas runs = painted("ZrleRuns");  // 256 red, 44 green in rows of 20
  EXPECT_EQ(runs.at(2 + 15, 3 + 12), kRed);
  EXPECT_EQ(runs.at(2 + 16, 3 + 12), kGreen);

  Canvas palette = painted("ZrlePaletteRuns");  // one red, 299 green
  EXPECT_EQ(palette.at(2, 3), kRed);
  EXPECT_EQ(palette.at(3, 3), kGreen);
  EXPECT_EQ(palette.at(21, 17), kGreen);
}

TEST(ZrleDecoder, KeepsOneStreamForAllRectangles) {
  const auto decoder = createZrleDecoder();
  Deflater deflater;
  Canvas canvas;
  for (const Pixel colour : {kRed, kGreen}) {
    const Octets packed = deflater.run(ServerBytes().u8(1).bgr(colour).bytes);
    decoder->begin({0, 0, 8, 8});
    const auto done = feed(
        *decoder, ServerBytes().u32(static_cast<std::uint32_t>(packed.size())).raw(packed).bytes,
        3, canvas);
    ASSERT_TRUE(done && *done);
    EXPECT_EQ(canvas.at(7, 7), colour);
  }
}

TEST(ZrleDecoder, RefusesWhatCannotBeATile) {
  const Rect rect{0, 0, 4, 4};
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(17).zeros(99).bytes)), "");
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(129).zeros(99).bytes)), "");
  // an index past the palette, a run past the tile
  EXPECT_NE(failure(Encoding::Zrle, rect,
                    zrle(ServerBytes().u8(3).zeros(9).u8(0xff).zeros(9).bytes)), "");
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(130).zeros(6).u8(2).bytes)), "");
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(128).bgr(0).u8(16).bytes)), "");
  EXPECT_EQ(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(128).bgr(0).u8(15).bytes)), "");
}

TEST(ZrleDecoder, RefusesTooFewAndTooManyPixels) {
  const Rect rect{0, 0, 4, 4};
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(0).zeros(47).bytes)), "");
  EXPECT_EQ(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(0).zeros(48).bytes)), "");
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(ServerBytes().u8(0).zeros(49).bytes)), "");
  EXPECT_NE(failure(Encoding::Zrle, rect, zrle(Octets(10'000'000))), "") << "a zlib bomb";
}

TEST(ZrleDecoder, RefusesDamagedStreams) {
  Octets bytes = zrle(ServerBytes().u8(0).zeros(48).bytes);
  bytes[4] ^= 0xff;
  EXPECT_NE(failure(Encoding::Zrle, {0, 0, 4, 4}, bytes), "");
}

TEST(TightDecoder, PaintsOneColour) {
  Canvas canvas = painted("TightFill");
  EXPECT_EQ(canvas.at(9, 9), kOdd);
  EXPECT_EQ(canvas.at(38, 28), kOdd);
}

TEST(TightDecoder, PaintsJpeg) {
  Canvas canvas = painted("TightJpeg");
  const Pixel got = canvas.at(20, 15);
  EXPECT_LT(got >> 16 & 255, 4u);
  EXPECT_GT(got >> 8 & 255, 250u);
  EXPECT_LT(got & 255, 4u);
}

TEST(TightDecoder, PaintsTwoColoursFromBits) {
  Canvas canvas = painted("TightTwoColours");
  EXPECT_EQ(canvas.at(9, 9), kBlue);
  EXPECT_EQ(canvas.at(10, 9), kRed);
  EXPECT_EQ(canvas.at(17, 9), kBlue);
  EXPECT_EQ(canvas.at(9, 10), kRed);
}

// rgbPixels(i) = i * (1, 2, 3): with the prediction left + above - above left each row adds up.
TEST(TightDecoder, UndoesTheGradientFilter) {
  Canvas canvas = painted("TightGradient");
  const auto reference = [](int x, int y) {
    static std::vector<std::array<int, 3>> v(600);
    static const bool filled = [] {
      for (int i = 0; i < 600; ++i) {
        const int px = i % 30;
        const int py = i / 30;
        for (int c = 0; c < 3; ++c) {
          const int left = px > 0 ? v[i - 1][c] : 0;
          const int above = py > 0 ? v[i - 30][c] : 0;
          const int corner = px > 0 && py > 0 ? v[i - 31][c] : 0;
          const int predicted = std::clamp(left + above - corner, 0, 255);
          const int sent = static_cast<int>(static_cast<Pixel>(i) * 0x010203 >> (16 - 8 * c) & 255);
          v[i][c] = (sent + predicted) & 255;
        }
      }
      return true;
    }();
    EXPECT_TRUE(filled);
    const auto& p = v[y * 30 + x];
    return static_cast<Pixel>(p[0] << 16 | p[1] << 8 | p[2]);
  };
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 30; ++x) ASSERT_EQ(canvas.at(9 + x, 9 + y), reference(x, y)) << x << "," << y;
  }
}

TEST(TightDecoder, ResetsTheStreamsThatItIsToldTo) {
  const auto decoder = createTightDecoder();
  Canvas canvas;
  for (const unsigned control : {0x00u, 0x01u}) {  // the second stream begins anew
    decoder->begin({0, 0, 8, 8});
    const auto done = feed(*decoder, tight(ServerBytes().u8(control), rgbPixels(64)), 1000, canvas);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(*done);
  }
  decoder->begin({0, 0, 8, 8});
  EXPECT_FALSE(feed(*decoder, tight(ServerBytes().u8(0), rgbPixels(64)), 1000, canvas))
      << "a new stream without a reset is damage";
}

TEST(TightDecoder, RefusesWhatTheFormatDoesNotKnow) {
  const Rect rect{0, 0, 8, 8};
  EXPECT_NE(failure(Encoding::Tight, rect, ServerBytes().u8(0xa0).zeros(20).bytes), "");
  EXPECT_NE(failure(Encoding::Tight, rect, ServerBytes().u8(0xf0).zeros(20).bytes), "");
  EXPECT_NE(failure(Encoding::Tight, rect, ServerBytes().u8(0x40).u8(3).zeros(20).bytes), "");
}

TEST(TightDecoder, RefusesTooFewAndTooManyPixels) {
  const Rect rect{0, 0, 8, 8};
  EXPECT_NE(failure(Encoding::Tight, rect, tight(ServerBytes().u8(0), Octets(191))), "");
  EXPECT_EQ(failure(Encoding::Tight, rect, tight(ServerBytes().u8(0), Octets(192))), "");
  EXPECT_NE(failure(Encoding::Tight, rect, tight(ServerBytes().u8(0), Octets(193))), "");
  EXPECT_NE(failure(Encoding::Tight, rect, tight(ServerBytes().u8(0), Octets(4'000'000))), "");
}

TEST(TightDecoder, RefusesAnIndexPastThePalette) {
  Octets indices(64);
  indices[63] = 3;
  ServerBytes head;
  head.u8(0x40).u8(1).u8(2).rgb(0).rgb(1).rgb(2);
  EXPECT_NE(failure(Encoding::Tight, {0, 0, 8, 8}, tight(head, indices)), "");
  indices[63] = 2;
  EXPECT_EQ(failure(Encoding::Tight, {0, 0, 8, 8}, tight(head, indices)), "");
}

TEST(TightDecoder, RefusesJpegOfAnotherSizeAndDamage) {
  const auto rectOf = [](const Octets& jpeg) {
    return ServerBytes().u8(0x90).raw(compactLength(jpeg.size())).raw(jpeg).bytes;
  };
  Octets jpeg = jpegOf(24, 16, kGreen);
  EXPECT_EQ(failure(Encoding::Tight, {0, 0, 24, 16}, rectOf(jpeg)), "");
  EXPECT_NE(failure(Encoding::Tight, {0, 0, 16, 24}, rectOf(jpeg)), "");
  EXPECT_NE(failure(Encoding::Tight, {0, 0, 24, 15}, rectOf(jpeg)), "");
  EXPECT_NE(failure(Encoding::Tight, {0, 0, 24, 16}, rectOf({})), "");
  Octets cut(jpeg.begin(), jpeg.end() - 20);
  EXPECT_NE(failure(Encoding::Tight, {0, 0, 24, 16}, rectOf(cut)), "");
}

}  // namespace
}  // namespace lucarne::relay::rfb
