// SPDX-License-Identifier: Apache-2.0
// Regions that move all the time, from the guest's picture to the panel's.
#include <gtest/gtest.h>

#include <cmath>

#include "bench/drawn_pictures.h"
#include "link/codec/screen_decoder.h"
#include "link/codec/screen_encoder.h"
#include "link/codec/video_headers.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using std::chrono::milliseconds;
using surface::Damage;
using surface::Rect;
using surface::Size;
using Piece = std::vector<std::uint8_t>;

constexpr double kRate = 300e3;
constexpr Rect kFilm{130, 70, 400, 260};

double psnr(surface::ConstFrame a, surface::ConstFrame b) {
  double squares = 1e-9;
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      for (const int shift : {0, 8, 16}) {
        const int off = static_cast<int>(a.at(x, y) >> shift & 255) - static_cast<int>(b.at(x, y) >> shift & 255);
        squares += off * off;
      }
    }
  }
  return 10 * std::log10(255.0 * 255.0 * 3 * static_cast<double>(a.size.pixels()) / squares);
}

class ScreenVideo : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = VideoLibrary::load();
    if (!loaded) GTEST_SKIP() << loaded.error().message;
    library = *std::move(loaded);
    if (!library->createEncoder({64, 64})) GTEST_SKIP() << "libavcodec without libx264";
    bench::drawText(canvas.frame(), Rect::of(canvas.size()), 1);
    encoder.setLine(kRate);
    agree();
    settle();
  }

  void agree() {
    decoder.acceptVideo(library);
    encoder.offerVideo([this] { return library; });
  }

  // What the line takes in so much time.
  void send(milliseconds time) {
    std::int64_t bytes = static_cast<std::int64_t>(kRate) * time.count() / 1000;
    while (bytes > 64) {
      Piece piece;
      if (!encoder.encode(canvas.view(), std::min<std::size_t>(1500, static_cast<std::size_t>(bytes)), piece)) break;
      bytes -= static_cast<std::int64_t>(piece.size());
      const auto shown = decoder.apply(piece);
      ASSERT_TRUE(shown) << shown.error().message;
    }
    clock.advance(time);
  }
  void settle() {
    while (encoder.deadline() != base::TimePoint::max()) send(milliseconds(20));
  }
  void play(int pictures, const Rect& where = kFilm) {
    for (int i = 0; i < pictures; ++i, ++number) {
      encoder.beforePaint(canvas.view());
      bench::drawPhoto(canvas.frame(), where, 9, number * 2);
      encoder.damage(Damage(where));
      send(milliseconds(17));
    }
  }
  std::int64_t wrong() const { return differingPixels(decoder.picture(), canvas.view()); }
  std::uint64_t pictures() const { return encoder.counts().videos; }

  std::shared_ptr<const VideoLibrary> library;
  base::ManualClock clock;
  Canvas canvas{{640, 400}};
  ScreenEncoder encoder{clock};
  ScreenDecoder decoder;
  int number = 0;
};

TEST_F(ScreenVideo, ShowsSomethingNearAndIsExactAtRest) {
  play(90);

  EXPECT_GT(pictures(), 40u);
  EXPECT_GT(psnr(decoder.picture().part(kFilm), canvas.view().part(kFilm)), 28);
  EXPECT_NE(wrong(), 0);
  settle();
  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, SendsALessThanHalfOfWhatStripsTake) {
  play(60);
  const std::uint64_t before = encoder.counts().videoBytes;
  const std::uint64_t strips = encoder.counts().ops[static_cast<std::size_t>(MethodId::Jpeg)];

  play(60);

  EXPECT_LT(encoder.counts().videoBytes - before, static_cast<std::uint64_t>(kRate) / 2);
  EXPECT_EQ(encoder.counts().ops[static_cast<std::size_t>(MethodId::Jpeg)], strips);
}

TEST_F(ScreenVideo, IsNoneForAPanelThatDoesNotTakeIt) {
  encoder.offerVideo(nullptr);

  play(90);
  settle();

  EXPECT_EQ(pictures(), 0u);
  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, GoesOnWithoutWhereTheLibraryIsMissing) {
  int asked = 0;
  encoder.offerVideo([&asked]() -> std::shared_ptr<const VideoLibrary> { return ++asked, nullptr; });

  play(90);
  settle();

  EXPECT_EQ(asked, 1);
  EXPECT_EQ(pictures(), 0u);
  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, IsNoneOnALineThatIsFast) {
  encoder.setLine(84e6);
  play(90);

  EXPECT_EQ(pictures(), 0u);
}

TEST_F(ScreenVideo, EndsWhenTheLineBecomesFast) {
  play(60);
  encoder.setLine(84e6);
  play(10);
  const std::uint64_t before = pictures();
  play(30);

  EXPECT_EQ(pictures(), before);
  settle();
  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, IsNoneForTextThatScrolls) {
  for (int n = 0; n < 90; ++n) {
    bench::drawText(canvas.frame(), kFilm, 2, n * 3);
    encoder.damage(Damage(kFilm));
    send(milliseconds(17));
  }

  EXPECT_EQ(pictures(), 0u);
}

TEST_F(ScreenVideo, BeginsAnewAfterARestartOfThePanel) {
  play(60);
  Piece lost;
  encoder.encode(canvas.view(), 1000, lost);
  decoder = ScreenDecoder();
  agree();
  encoder.reset(decoder.digest());
  const std::uint64_t before = pictures();

  play(120);
  EXPECT_GT(pictures(), before);
  settle();
  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, BeginsAnewAfterABrokenLine) {
  play(60);
  Piece lost;
  encoder.encode(canvas.view(), 1000, lost);
  decoder.reset();
  encoder.reset(decoder.digest());

  play(120);
  settle();

  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, FollowsTheScreenToAnotherSize) {
  play(60);
  canvas.resize({600, 390});
  play(90);
  settle();

  EXPECT_EQ(wrong(), 0);
}

TEST_F(ScreenVideo, LetsALetterBesideItThrough) {
  play(60);

  bench::drawLetter(canvas.frame(), {16, 376}, 5);
  encoder.damage(Damage({16, 376, 8, 16}));
  send(milliseconds(17));

  const Rect letter{16, 376, 8, 16};
  EXPECT_EQ(differingPixels(decoder.picture().part(letter), canvas.view().part(letter)), 0);
}

TEST_F(ScreenVideo, RepairsWhatStoodStillInsideWhenOnlyALittleGoesOn) {
  play(90);
  const Rect spinner{200, 200, 64, 64};

  play(400, spinner);
  const Rect above{130, 70, 400, 64};

  EXPECT_EQ(differingPixels(decoder.picture().part(above), canvas.view().part(above)), 0);
}

TEST_F(ScreenVideo, PlaysTwoAtATime) {
  const Rect left{10, 10, 250, 300};
  const Rect right{340, 64, 250, 300};
  for (int i = 0; i < 120; ++i) {
    encoder.beforePaint(canvas.view());
    bench::drawPhoto(canvas.frame(), left, 3, i * 2);
    bench::drawPhoto(canvas.frame(), right, 9, i * 2);
    Damage damage(left);
    damage.add(right);
    encoder.damage(damage);
    send(milliseconds(17));
  }

  EXPECT_GT(pictures(), 80u);
  EXPECT_GT(psnr(decoder.picture().part(left), canvas.view().part(left)), 28);
  EXPECT_GT(psnr(decoder.picture().part(right), canvas.view().part(right)), 28);
  settle();
  EXPECT_EQ(wrong(), 0);
}

// ---- what a hostile guest may try ---------------------------------------------------------------

// A video's op for a region at (0, 0).
Piece videoOp(Size size, std::uint8_t flags, const Piece& body) {
  Piece op{0x86};
  putRect(op, Rect::of(size));
  putVarint(op, static_cast<std::uint32_t>(body.size() + 1));
  op.push_back(flags);
  op.insert(op.end(), body.begin(), body.end());
  return op;
}

class HostileVideo : public ScreenVideo {
 protected:
  void SetUp() override {
    ScreenVideo::SetUp();
    if (IsSkipped()) return;
    const auto writer = library->createEncoder({64, 32});
    for (Piece& body : film) ASSERT_TRUE(writer->encode(canvas.view().part({0, 0, 64, 32}), 2000, body));
    start();
  }
  void start() {
    panel = ScreenDecoder();
    panel.acceptVideo(library);
    ASSERT_TRUE(panel.apply(Piece{1, 100, 70, 0, 2}));
  }

  Piece film[3];
  ScreenDecoder panel;
};

TEST_F(HostileVideo, IsTakenWhenItIsNone) {
  EXPECT_TRUE(panel.apply(videoOp({64, 32}, 2, film[0])));
  EXPECT_TRUE(panel.apply(videoOp({64, 32}, 0, film[1])));
  EXPECT_TRUE(panel.apply(videoOp({64, 32}, 3, film[0]))) << "the second stream";
  EXPECT_TRUE(panel.apply(videoOp({64, 32}, 0, film[2])));
  EXPECT_FALSE(panel.videoFailed());
}

TEST_F(HostileVideo, IsRefusedWhereItWasNotAnnounced) {
  panel.acceptVideo(nullptr);

  EXPECT_FALSE(panel.apply(videoOp({64, 32}, 2, film[0])));
}

TEST_F(HostileVideo, MustBeginAtItsBeginning) {
  EXPECT_FALSE(panel.apply(videoOp({64, 32}, 0, film[1])));
  EXPECT_TRUE(panel.videoFailed());
}

TEST_F(HostileVideo, MayNotMoveOrChangeItsSize) {
  ASSERT_TRUE(panel.apply(videoOp({64, 32}, 2, film[0])));
  EXPECT_FALSE(panel.apply(videoOp({62, 32}, 0, film[1])));
  start();
  EXPECT_FALSE(panel.apply(videoOp({63, 32}, 2, film[0])));
  start();
  EXPECT_FALSE(panel.apply(videoOp({128, 32}, 2, film[0]))) << "outside the picture";
}

TEST_F(HostileVideo, HasNoOtherFlagsOrCoders) {
  EXPECT_FALSE(panel.apply(videoOp({64, 32}, 4, film[0])));
  start();
  Piece packed = videoOp({64, 32}, 2, film[0]);
  packed[0] |= 0x10;
  EXPECT_FALSE(panel.apply(packed));
}

TEST_F(HostileVideo, IsForgottenWithTheSession) {
  ASSERT_TRUE(panel.apply(videoOp({64, 32}, 2, film[0])));
  panel.reset();

  EXPECT_FALSE(panel.apply(videoOp({64, 32}, 0, film[1])));
}

TEST_F(HostileVideo, CannotCauseEndlessWorkWithOnePiece) {
  Piece piece;
  for (int i = 0; i < 200; ++i) {
    const Piece op = videoOp({64, 32}, 2, film[0]);
    piece.insert(piece.end(), op.begin(), op.end());
  }

  EXPECT_FALSE(panel.apply(piece));
}

}  // namespace
}  // namespace lucarne::link
