// SPDX-License-Identifier: Apache-2.0
// Pieces written by hand, byte by byte as docs/codec.md says.
#include "link/codec/screen_decoder.h"

#include <gtest/gtest.h>

#include "link/codec/screen_encoder.h"
#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using surface::Rect;
using Piece = std::vector<std::uint8_t>;

constexpr std::uint8_t kSize = 1, kFrameEnd = 2, kPieceEnd = 3, kSolid = 4, kCopy = 5, kStore = 6,
                       kRecall = 7, kPart = 8, kPartEnd = 9, kAbort = 10;

// A decoder that shows 100x70 black pixels.
ScreenDecoder started() {
  ScreenDecoder decoder;
  EXPECT_TRUE(decoder.apply(Piece{kSize, 100, 70, 0, kFrameEnd}));
  return decoder;
}

TEST(ScreenDecoder, HasNoPictureBeforeASize) {
  ScreenDecoder decoder;

  EXPECT_TRUE(decoder.picture().size.empty());
  EXPECT_FALSE(decoder.apply(Piece{kSolid, 0, 0, 1, 1, 1, 2, 3}));
}

TEST(ScreenDecoder, TellsOfANewSizeWithItsFirstFrame) {
  ScreenDecoder decoder;

  const auto before = decoder.apply(Piece{kSize, 100, 70, 0, kSolid, 0, 0, 4, 4, 1, 2, 3});
  const auto after = decoder.apply(Piece{kFrameEnd});

  ASSERT_TRUE(before && after);
  EXPECT_FALSE(before->resized);
  EXPECT_TRUE(before->damage.empty());
  EXPECT_TRUE(after->resized);
  EXPECT_EQ(after->damage.bounds(), (Rect{0, 0, 100, 70}));
}

TEST(ScreenDecoder, ShowsAFrameAtItsEndOnly) {
  ScreenDecoder decoder = started();

  const auto drawing = decoder.apply(Piece{kSolid, 5, 6, 7, 8, 0x11, 0x22, 0x33});
  const auto end = decoder.apply(Piece{kFrameEnd});

  ASSERT_TRUE(drawing && end);
  EXPECT_TRUE(drawing->damage.empty());
  EXPECT_EQ(end->damage.bounds(), (Rect{5, 6, 7, 8}));
  EXPECT_EQ(decoder.picture().at(5, 6), 0x332211u);
  EXPECT_EQ(decoder.picture().at(4, 6), 0u);
}

TEST(ScreenDecoder, ShowsOnlyItsOwnPartAtAPiecesEnd) {
  ScreenDecoder decoder = started();
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 50, 50, 2, 2, 1, 1, 1}));

  const auto small = decoder.apply(Piece{kSolid, 5, 6, 7, 8, 1, 2, 3, kPieceEnd});

  ASSERT_TRUE(small);
  EXPECT_EQ(small->damage.bounds(), (Rect{5, 6, 7, 8}));
}

TEST(ScreenDecoder, CopiesWithinThePictureEvenWhereItOverlaps) {
  ScreenDecoder decoder = started();
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 0, 0, 10, 1, 9, 0, 0, kSolid, 0, 1, 10, 1, 8, 0, 0}));

  ASSERT_TRUE(decoder.apply(Piece{kCopy, 0, 1, 10, 2, 0, 0, kFrameEnd}));

  EXPECT_EQ(decoder.picture().at(3, 0), 9u);
  EXPECT_EQ(decoder.picture().at(3, 1), 9u);
  EXPECT_EQ(decoder.picture().at(3, 2), 8u);
}

TEST(ScreenDecoder, RecallsWhatWasStored) {
  ScreenDecoder decoder = started();
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 64, 0, 20, 20, 7, 0, 0, kStore, 0, 2}));
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 0, 0, 100, 70, 1, 1, 1}));

  ASSERT_TRUE(decoder.apply(Piece{kRecall, 1, 64, 0, 5, 5}));

  EXPECT_EQ(decoder.picture().at(64, 0), 7u);
  EXPECT_EQ(decoder.picture().at(69, 0), 0x010101u);
}

TEST(ScreenDecoder, DoesAnOpInPartsWhenTheLastOneCame) {
  ScreenDecoder decoder = started();
  // Plain32, stored, one pixel at (2, 3).
  ASSERT_TRUE(decoder.apply(Piece{kPart, 1, 5, 0x80, 2, 3, 1, 1}));
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 0, 0, 9, 9, 5, 5, 5}));  // overtakes
  EXPECT_EQ(decoder.picture().at(2, 3), 0x050505u);

  ASSERT_TRUE(decoder.apply(Piece{kPartEnd, 1, 5, 4, 1, 2, 3, 0}));

  EXPECT_EQ(decoder.picture().at(2, 3), 0x030201u);
}

TEST(ScreenDecoder, ForgetsAnAbortedOp) {
  ScreenDecoder decoder = started();
  ASSERT_TRUE(decoder.apply(Piece{kPart, 1, 2, 0x80, 2, kAbort, 1, 0}));

  EXPECT_TRUE(decoder.apply(Piece{kPartEnd, 1, 10, 0x80, 2, 3, 1, 1, 4, 1, 2, 3, 0}));
}

TEST(ScreenDecoder, KeepsTheOverlapWhenASizeSaysSo) {
  ScreenDecoder decoder = started();
  ASSERT_TRUE(decoder.apply(Piece{kSolid, 0, 0, 100, 70, 1, 2, 3}));

  ASSERT_TRUE(decoder.apply(Piece{kSize, 110, 20, 1}));

  EXPECT_EQ(decoder.picture().at(99, 19), 0x030201u);
  EXPECT_EQ(decoder.picture().at(100, 0), 0u);
}

TEST(ScreenDecoder, RefusesWhatDoesNotFit) {
  const std::vector<Piece> bad = {
      {0x00},                                        // no such op
      {0x0b},
      {kSize, 0, 70, 0},                             // nothing wide
      {kSize, 0x81, 0x80, 1, 70, 0},                 // 16385 wide
      {kSize, 100, 70, 4},                           // keep what?
      {kSize, 90, 70, 2},                            // nothing stored of that size
      {kSolid, 99, 0, 2, 1, 0, 0, 0},                // beyond the right edge
      {kSolid, 0, 69, 1, 2, 0, 0, 0},
      {kSolid, 0, 0, 1, 1, 0, 0},                    // colour cut short
      {kCopy, 0, 0, 10, 10, 91, 0},                  // source beyond the edge
      {kCopy, 0, 0, 10, 10, 0, 61},
      {kStore, 4, 1},                                // there are four tiles
      {kStore, 0, 5},
      {kRecall, 0, 0, 0, 1, 1},                      // nothing stored
      {kRecall, 0, 60, 0, 10, 1},                    // over a tile's edge
      {kPart, 4, 1, 0},                              // no such lane
      {kPart, 0, 2, 0},                              // cut short
      {kPartEnd, 0, 1, kFrameEnd},                   // not of a tile
      {kPartEnd, 0, 11, 0x80, 2, 3, 1, 1, 4, 1, 2, 3, 0, 0},  // a byte too many
      {kAbort, 4, 0},
      {kAbort, 0, 4},
      {0x80 | 6, 0, 0, 1, 1, 0},                     // no such method
      {0xc0, 0, 0, 1, 1, 0},                         // no such coder
      {0x80, 0, 0, 1, 1, 3, 1, 2, 3},                // a body too short
      {0x80, 0, 0, 1, 1, 5, 1, 2, 3, 4, 5},
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    ScreenDecoder decoder = started();

    EXPECT_FALSE(decoder.apply(bad[i])) << "piece " << i;

    decoder.reset();
    EXPECT_TRUE(decoder.apply(Piece{kSize, 5, 5, 0, kFrameEnd})) << "a fresh session goes on";
  }
}

TEST(ScreenDecoder, BoundsTheWorkOfOnePiece) {
  ScreenDecoder decoder;
  ASSERT_TRUE(decoder.apply(Piece{kSize, 0x80, 0x20, 0x80, 0x10, 0, kFrameEnd}));  // 4096 x 2048
  Piece piece;
  for (int i = 0; i < 1000; ++i) {
    piece.insert(piece.end(), {kCopy, 0, 0, 0x80, 0x20, 0x80, 0x10, 0, 0});
  }

  EXPECT_FALSE(decoder.apply(piece));
}

TEST(ScreenDecoder, RefusesOrSurvivesEveryTruncationOfARealStream) {
  base::ManualClock clock;
  ScreenEncoder encoder(clock);
  encoder.setLine(300e3);
  bench::Canvas c({150, 90});
  bench::drawText(c.frame(), {0, 0, 150, 50}, 1);
  bench::drawPhoto(c.frame(), {0, 50, 150, 40}, 1);
  Piece piece;
  ASSERT_TRUE(encoder.encode(c.view(), 60000, piece));

  for (std::size_t length = 0; length < piece.size(); length += 1 + length / 40) {
    ScreenDecoder decoder;
    const auto shown = decoder.apply(base::Bytes(piece).first(length));
    // Cut between two ops it is a shorter piece; anywhere else it is refused.
    if (shown) {
      EXPECT_LE(decoder.picture().size.width, 150);
    }
  }
}

}  // namespace
}  // namespace lucarne::link
