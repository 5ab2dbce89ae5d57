// SPDX-License-Identifier: Apache-2.0
#include "link/codec/screen_encoder.h"

#include <gtest/gtest.h>

#include "link/codec/screen_decoder.h"
#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using std::chrono::milliseconds;
using surface::Damage;
using surface::Rect;

// An encoder and a decoder with a line that takes whatever it is given.
class Screenful {
 public:
  explicit Screenful(double rate, surface::Size size = {640, 400}) : canvas(size), shown(size) {
    encoder.setLine(rate);
  }

  void damage(const Rect& r) { encoder.damage(Damage(r)); }
  void damageAll() { damage(Rect::of(canvas.size())); }

  // One piece; answers its bytes, 0 when there was nothing to say.
  std::size_t piece(std::size_t budget = 65500) {
    std::vector<std::uint8_t> bytes;
    if (!encoder.encode(canvas.view(), budget, bytes)) return 0;
    const auto told = decoder.apply(bytes);
    EXPECT_TRUE(told) << told.error().message;
    if (told->resized) shown = Canvas(decoder.picture().size);
    for (const Rect& r : told->damage.rects()) copyPixels(decoder.picture(), shown.frame(), r);
    return bytes.size();
  }
  // Everything there is to say now, repairs that are not due yet left out.
  std::size_t drain(std::size_t budget = 65500) {
    std::size_t bytes = 0;
    while (const std::size_t more = piece(budget)) bytes += more;
    return bytes;
  }
  // Everything, repairs too.
  void settle() {
    drain();
    while (encoder.deadline() != base::TimePoint::max()) {
      clock.advance(milliseconds(50));
      drain();
    }
  }
  std::int64_t wrong() const { return differingPixels(shown.view(), canvas.view()); }

  base::ManualClock clock;
  Canvas canvas;
  Canvas shown;
  ScreenEncoder encoder{clock};
  ScreenDecoder decoder;
};

TEST(ScreenEncoder, SaysNothingWhereNothingChanged) {
  Screenful s(5e6);
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.settle();

  s.damageAll();

  EXPECT_EQ(s.piece(), 0u);
  EXPECT_EQ(s.encoder.deadline(), base::TimePoint::max());
}

TEST(ScreenEncoder, NeverExceedsItsRoom) {
  for (const double rate : {11.5e3, 5e6, 2e9}) {
    Screenful s(rate);
    bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
    s.damageAll();
    for (std::size_t budget = 64; budget < 3000; budget += 37) EXPECT_LE(s.piece(budget), budget);
  }
}

TEST(ScreenEncoder, SendsATypedLetterInATenthOfAKilobyte) {
  Screenful s(11.5e3);
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.settle();
  s.clock.advance(milliseconds(500));
  // The first change of a tile stores what it showed.
  bench::drawLetter(s.canvas.frame(), {96, 96}, 5);
  s.damage({96, 96, 8, 16});
  s.drain();

  bench::drawLetter(s.canvas.frame(), {104, 96}, 6);
  s.damage({104, 96, 8, 16});
  const std::size_t bytes = s.drain();

  EXPECT_EQ(s.wrong(), 0);
  EXPECT_LT(bytes, 110u);
}

TEST(ScreenEncoder, WantsTheNextPictureWhenAFrameThatTakesLongIsNearlyOut) {
  Screenful s(200e3, {1280, 800});
  const auto paint = [&s](int number) {
    bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1, number * 5);
    s.damageAll();
  };
  // A kilobyte each five milliseconds; answers the time for which no picture was wanted, and then for
  // which one was.
  const auto send = [&s] {
    std::pair<int, int> times;
    while (s.piece(1000) > 0) {
      s.clock.advance(milliseconds(5));
      (s.encoder.wantsPicture() ? times.second : times.first) += 5;
    }
    return times;
  };
  EXPECT_TRUE(s.encoder.wantsPicture());
  paint(0);
  send();
  paint(1);
  const auto [inVain, wanted] = send();
  EXPECT_GT(inVain, 30);
  EXPECT_GE(wanted, 5);
  EXPECT_LT(wanted, 40);
  EXPECT_TRUE(s.encoder.wantsPicture());
}

TEST(ScreenEncoder, DoesNotRepairBetweenTheFramesOfSlowMotion) {
  Screenful s(84e6);
  for (int number = 0; number < 8; ++number) {
    bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1, number * 5);
    s.damageAll();
    while (s.piece() > 0) {
    }
    if (number < 3) s.clock.advance(milliseconds(300));
    for (int wait = 0; number >= 3 && wait < 300; wait += 50) {
      s.clock.advance(milliseconds(50));
      EXPECT_EQ(s.piece(), 0u) << wait << " ms behind frame " << number;
    }
  }
  s.settle();
  EXPECT_EQ(s.wrong(), 0);
}

TEST(ScreenEncoder, ScrollsByACopyOfWhatIsThere) {
  for (const int step : {3, 16, 47, -3, -40}) {
    Screenful s(300e3);
    const Rect page{50, 30, 500, 340};
    bench::drawText(s.canvas.frame(), page, 1, 200);
    s.settle();
    s.clock.advance(milliseconds(500));

    bench::drawText(s.canvas.frame(), page, 1, 200 + step);
    s.damage(page);
    const std::size_t bytes = s.drain();

    EXPECT_EQ(s.wrong(), 0) << step;
    EXPECT_GE(s.encoder.counts().copies, 1u) << step;
    EXPECT_LT(bytes, 2600u) << step;
  }
}

TEST(ScreenEncoder, MovesAWindowAndRecallsWhatWasUnderIt) {
  Screenful s(300e3);
  Canvas wallpaper({640, 400});
  bench::drawPhoto(wallpaper.frame(), Rect::of(wallpaper.size()), 1);
  copyPixels(wallpaper.view(), s.canvas.frame(), Rect::of(wallpaper.size()));
  s.settle();
  std::size_t bytes = 0;
  Rect before;
  for (int i = 0; i < 12; ++i) {
    s.clock.advance(milliseconds(i == 0 ? 500 : 17));
    const Rect now{60 + i * 9, 50 + i * 5, 300, 200};
    if (!before.empty()) copyPixels(wallpaper.view(), s.canvas.frame(), before);
    bench::drawWindow(s.canvas.frame(), now, 4);
    s.damage(bounding(before, now));
    before = now;
    const std::size_t spent = s.drain();
    if (i > 0) bytes += spent;
  }

  s.settle();

  EXPECT_EQ(s.wrong(), 0);
  EXPECT_GE(s.encoder.counts().copies, 11u);
  EXPECT_GT(s.encoder.counts().recalls, 20u);
  EXPECT_LT(bytes / 11, 1500u);
}

TEST(ScreenEncoder, MovesAWindowOverAWallpaperThatWasNeverExact) {
  Screenful s(300e3);
  Canvas wallpaper({640, 400});
  bench::drawPhoto(wallpaper.frame(), Rect::of(wallpaper.size()), 1);
  copyPixels(wallpaper.view(), s.canvas.frame(), Rect::of(wallpaper.size()));
  Rect before{10, 20, 300, 200};
  bench::drawWindow(s.canvas.frame(), before, 4);
  s.damageAll();
  s.drain();
  std::size_t bytes = 0;
  for (int i = 1; i <= 24; ++i) {
    s.clock.advance(milliseconds(17));
    const Rect now{10 + i * i / 2, 20 + i * 3, 300, 200};  // never twice the same distance
    copyPixels(wallpaper.view(), s.canvas.frame(), before);
    bench::drawWindow(s.canvas.frame(), now, 4);
    s.damage(bounding(before, now));
    before = now;
    const std::size_t spent = s.drain();
    if (i > 2) bytes += spent;
  }

  s.settle();

  EXPECT_EQ(s.wrong(), 0);
  EXPECT_LT(bytes / 22, 3200u) << "of which a third of the line, 1700, are repairs";
}

TEST(ScreenEncoder, GoesLossyWhereTheLineCannotKeepUpAndExactAtRest) {
  Screenful s(300e3);
  bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.damageAll();

  const std::size_t bytes = s.drain();
  EXPECT_LT(bytes, 640u * 400 / 8) << "less than a bit a pixel";
  EXPECT_GT(s.wrong(), 0);
  EXPECT_GT(s.encoder.deadline(), s.clock.now());
  s.settle();

  EXPECT_EQ(s.wrong(), 0);
}

TEST(ScreenEncoder, RepairsNearestToThePointerFirst) {
  Screenful s(300e3);
  bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.damageAll();
  s.drain();
  s.encoder.setPointer({600, 350});
  s.clock.advance(milliseconds(400));

  s.piece(20000);

  const Rect near{576, 320, 64, 64};
  EXPECT_EQ(differingPixels(s.shown.view().part(near), s.canvas.view().part(near)), 0);
  EXPECT_GT(s.wrong(), 0);
}

TEST(ScreenEncoder, LetsALetterOvertakeABigRepair) {
  Screenful s(11.5e3);
  bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  bench::drawText(s.canvas.frame(), {0, 320, 320, 64}, 1);
  s.damageAll();
  s.drain();
  s.clock.advance(milliseconds(400));
  s.encoder.setPointer({600, 20});
  for (int i = 0; i < 5; ++i) s.piece(230);
  ASSERT_GT(s.wrong(), 1000) << "the repair is under way";

  bench::drawLetter(s.canvas.frame(), {104, 336}, 6);
  s.damage({104, 336, 8, 16});
  s.piece(230);

  const Rect letter{104, 336, 8, 16};
  EXPECT_EQ(differingPixels(s.shown.view().part(letter), s.canvas.view().part(letter)), 0);
}

TEST(ScreenEncoder, LetsALetterOvertakeABigFrameUnderWay) {
  Screenful s(11.5e3);
  bench::drawText(s.canvas.frame(), {0, 320, 320, 64}, 1);
  s.settle();
  bench::drawPhoto(s.canvas.frame(), {0, 0, 640, 300}, 1);
  s.damage({0, 0, 640, 300});
  s.piece(230);
  s.clock.advance(milliseconds(20));

  bench::drawLetter(s.canvas.frame(), {104, 336}, 6);
  s.damage({104, 336, 8, 16});
  s.piece(230);

  const Rect letter{104, 336, 8, 16};
  EXPECT_EQ(differingPixels(s.shown.view().part(letter), s.canvas.view().part(letter)), 0);
  const Rect rest{0, 0, 640, 300};
  EXPECT_EQ(differingPixels(s.shown.view().part(rest), Canvas({640, 300}).view()), 0)
      << "the frame itself is shown when it is whole";
}

TEST(ScreenEncoder, ShowsOneMomentWhileThePictureChangesBetweenPieces) {
  Screenful s(5e6, {256, 256});
  s.settle();
  fillPixels(s.canvas.frame(), Rect::of(s.canvas.size()), 0);
  bench::drawNoise(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  const Canvas first = s.canvas;
  s.damageAll();
  s.piece(2000);
  for (int i = 0; i < 5 && s.wrong() != 0; ++i) {
    s.clock.advance(milliseconds(5));
    bench::drawNoise(s.canvas.frame(), Rect::of(s.canvas.size()), 2);
    s.damageAll();
    s.piece(2000);
  }

  const bool nothing = differingPixels(s.shown.view(), Canvas({256, 256}).view()) == 0;

  EXPECT_TRUE(nothing) << "nothing is shown before the frame is whole";
}

TEST(ScreenEncoder, ShowsTheMomentThatWasUnderWayWhenTheGuestPaintsAgain) {
  Screenful s(5e6, {256, 256});
  bench::drawNoise(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.damageAll();
  s.piece(2000);
  const Canvas first = s.canvas;

  s.encoder.beforePaint(s.canvas.view());
  bench::drawNoise(s.canvas.frame(), Rect::of(s.canvas.size()), 2);
  s.damageAll();
  while (differingPixels(s.shown.view(), Canvas({256, 256}).view()) == 0) {
    ASSERT_GT(s.piece(2000), 0u);
  }

  EXPECT_EQ(differingPixels(s.shown.view(), first.view()), 0);
}

TEST(ScreenEncoder, ShowsNothingOfTheNextFrameWithTheEndOfThisOne) {
  Screenful s(5e6, {256, 256});
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.damageAll();
  s.piece(200);
  const Canvas first = s.canvas;
  s.encoder.beforePaint(s.canvas.view());
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 2);
  s.damageAll();

  s.piece(1 << 20);  // room for the rest of the one and all of the other

  EXPECT_EQ(differingPixels(s.shown.view(), first.view()), 0);
  s.settle();
  EXPECT_EQ(s.wrong(), 0);
}

TEST(ScreenEncoder, SendsOnlyWhatDiffersFromWhatThePeerKept) {
  Screenful s(300e3);
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.settle();
  bench::drawLetter(s.canvas.frame(), {300, 200}, 9);
  s.decoder.reset();

  ScreenEncoder anew(s.clock);  // as after a restart of the guest's relay
  anew.setLine(300e3);
  anew.reset(s.decoder.digest());
  std::vector<std::uint8_t> bytes;
  while (anew.encode(s.canvas.view(), 65500, bytes)) {
  }
  ASSERT_TRUE(s.decoder.apply(bytes));

  EXPECT_EQ(differingPixels(s.decoder.picture(), s.canvas.view()), 0);
  EXPECT_LT(bytes.size(), 1500u);
}

// A page, a photograph over it, and then the page again, with a broken line between the two.
std::size_t bytesToUncover(bool bothStillHaveIt) {
  Screenful s(300e3);
  const Rect page{0, 0, 640, 384};
  bench::drawPhoto(s.canvas.frame(), page, 1);
  const Canvas before = s.canvas;
  s.settle();
  s.clock.advance(milliseconds(500));
  bench::drawPhoto(s.canvas.frame(), page, 3);
  s.damage(page);
  s.settle();
  s.clock.advance(milliseconds(500));

  copyPixels(before.view(), s.canvas.frame(), page);
  s.damage(page);
  std::vector<std::uint8_t> lost;
  s.encoder.encode(s.canvas.view(), 3000, lost);
  if (!bothStillHaveIt) s.decoder = ScreenDecoder();
  s.decoder.reset();
  s.encoder.reset(s.decoder.digest());
  const std::size_t bytes = s.drain();
  s.settle();
  EXPECT_EQ(s.wrong(), 0);
  return bytes;
}

TEST(ScreenEncoder, RecallsAfterAReconnectWhatBothEndsStillHave) {
  const std::size_t recalled = bytesToUncover(true);
  const std::size_t sent = bytesToUncover(false);

  EXPECT_LT(recalled, 1500u);
  EXPECT_GT(sent, 3 * recalled) << "although the first sight of it is lossy";
}

TEST(ScreenEncoder, IsNotFooledByADigestOfAnotherPicture) {
  Screenful s(5e6);
  bench::drawText(s.canvas.frame(), Rect::of(s.canvas.size()), 1);
  s.settle();
  Canvas other({640, 400});
  bench::drawText(other.frame(), Rect::of(other.size()), 2);
  s.decoder.reset();

  s.encoder.reset(PictureDigest::of(other.view()));
  bench::drawPhoto(s.canvas.frame(), Rect::of(s.canvas.size()), 2);
  s.settle();

  EXPECT_EQ(s.wrong(), 0);
}

}  // namespace
}  // namespace lucarne::link
