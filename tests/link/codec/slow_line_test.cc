// SPDX-License-Identifier: Apache-2.0
// A serial cable at 115200 baud: what is small and new is seen while the first picture is under way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <vector>

#include "link/codec/pixel_kernels.h"
#include "link/codec/screen_decoder.h"
#include "link/codec/screen_encoder.h"
#include "surface/stamp.h"
#include "bench/drawn_pictures.h"

namespace lucarne::link {
namespace {

using surface::Damage;
using surface::Rect;
using surface::Size;

constexpr Size kScreen{1280, 800};
constexpr double kRate = 11520;            // bytes/s
constexpr std::size_t kPiece = 160;        // as the link's pacer cuts them at that rate
constexpr std::size_t kOverhead = 12;      // of the link's framing
constexpr auto kFrame = std::chrono::microseconds(16667);

// Both ends of the codec, with a line between that takes its time.
class SlowLine {
 public:
  SlowLine() : guest_(kScreen), panel_(kScreen), encoder_(clock_) {
    encoder_.setLine(kRate);
    encoder_.offerSketches(true);
  }

  surface::Frame guest() { return guest_.frame(); }

  // A server that compares reports only those parts of the stamp that differ.
  void drawn(std::uint32_t counter, Damage damage) {
    drawStamp(guest_.frame(), {0, 0}, {counter, 1});
    damage.add(Rect{0, 0, 64, 8});
    damage.add(Rect{200, 0, 100, 16});
    damage.add(Rect{312, 0, 72, 16});
    damage.add(Rect{56, 0, 150, 8});
    encoder_.damage(damage);
  }

  // Lets the line carry what it carries in one frame's time.
  void run() {
    allowance_ += kRate * base::toSeconds(base::Duration(kFrame));
    while (allowance_ > 0) {
      std::vector<std::uint8_t> piece;
      if (!encoder_.encode(guest_.view(), kPiece, piece)) break;
      allowance_ -= static_cast<double>(piece.size() + kOverhead);
      bytes_ += piece.size() + kOverhead;
      const auto shown = decoder_.apply(piece);
      ASSERT_TRUE(shown) << shown.error().message;
      for (const Rect& r : shown->damage.rects()) {
        copyPixels(decoder_.picture(), panel_.frame(), r);
      }
      if (const auto stamp = surface::readStamp(panel_.view(), {0, 0})) seen_.insert(stamp->counter);
    }
    allowance_ = std::min(allowance_, 0.0);
    clock_.advance(kFrame);
  }

  /// Bytes that the line carries from now on until the guest's `r` is seen.
  std::size_t bytesUntilSeen(const Rect& r) {
    const std::size_t before = bytes_;
    encoder_.damage(Damage(r));
    for (int i = 0; i < 60 && !readable(r); ++i) run();
    return bytes_ - before;
  }

  std::size_t countersSeen() const { return seen_.size(); }
  surface::ConstFrame panel() const { return panel_.view(); }
  surface::ConstFrame picture() const { return guest_.view(); }

 private:
  base::ManualClock clock_;
  bench::Canvas guest_;
  bench::Canvas panel_;
  ScreenEncoder encoder_;
  ScreenDecoder decoder_;
  // Black is dark and white is light; the paper's own repair may be under way.
  bool readable(const Rect& r) const {
    for (int y = r.y; y < r.bottom(); ++y) {
      for (int x = r.x; x < r.right(); ++x) {
        const int shown = static_cast<int>(panel_.view().at(x, y) >> 8 & 0xff);
        const int meant = static_cast<int>(guest_.view().at(x, y) >> 8 & 0xff);
        if (std::abs(shown - meant) > 64) return false;
      }
    }
    return true;
  }

  double allowance_ = 0;
  std::size_t bytes_ = 0;
  std::set<std::uint32_t> seen_;
};

TEST(SlowLine, ShowsACounterWhileAWindowMovesOverAWallpaperThatIsNotThereYet) {
  SlowLine line;
  bench::Canvas wallpaper(kScreen);
  bench::drawPhoto(wallpaper.frame(), Rect::of(kScreen), 3);
  copyPixels(wallpaper.view(), line.guest(), Rect::of(kScreen));
  Rect window{100, 120, 480, 320};

  for (std::uint32_t n = 1; n <= 600; ++n) {
    copyPixels(wallpaper.view(), line.guest(), window);
    Damage damage(window);
    window = {100 + static_cast<int>(n * 7 % 600), 120 + static_cast<int>(n * 3 % 200), 480, 320};
    bench::drawWindow(line.guest(), window, 5);
    damage.add(window);
    line.drawn(n, damage);
    line.run();
  }

  EXPECT_GE(line.countersSeen(), 30u);  // three a second
}

TEST(SlowLine, ShowsEachCounterOverAPageThatRests) {
  SlowLine line;
  bench::drawText(line.guest(), Rect::of(kScreen), 1);
  line.drawn(1, Damage(Rect::of(kScreen)));
  for (int i = 0; i < 90; ++i) line.run();

  for (std::uint32_t n = 2; n <= 121; ++n) {
    line.drawn(n, {});
    line.run();
  }

  EXPECT_GE(line.countersSeen(), 110u);
}

TEST(SlowLine, LetsLettersPassTheRepairOfAWallpaper) {
  SlowLine line;
  bench::drawPhoto(line.guest(), Rect::of(kScreen), 3);
  fillPixels(line.guest(), {400, 300, 400, 40}, 0xffffff);
  line.drawn(1, Damage(Rect::of(kScreen)));
  for (int i = 0; i < 600; ++i) line.run();
  ASSERT_NE(differingPixels(line.panel(), line.picture()), 0) << "the repair is under way";

  for (int i = 0; i < 40; ++i) {
    const Rect letter{400 + i * 8, 300, 8, 16};
    bench::drawLetter(line.guest(), {letter.x, letter.y}, static_cast<std::uint32_t>(i + 1));
    // 60 ms of the line, less the two pieces that the link keeps on the way.
    EXPECT_LE(line.bytesUntilSeen(letter), 346u) << "letter " << i;
  }
}

TEST(SlowLine, ShowsAPageOfTextInLessThanASecond) {
  SlowLine line;
  bench::drawText(line.guest(), Rect::of(kScreen), 1);
  line.drawn(1, Damage(Rect::of(kScreen)));

  for (int i = 0; i < 60; ++i) line.run();

  EXPECT_EQ(differingPixels(line.panel(), line.picture()), 0);
}

TEST(SlowLine, ShowsANoteExactlyBeforeTheWallpaperAroundIt) {
  constexpr Rect kNote{401, 303, 400, 200};
  SlowLine line;
  bench::drawPhoto(line.guest(), Rect::of(kScreen), 3);
  bench::drawText(line.guest(), kNote, 1);
  line.drawn(1, Damage(Rect::of(kScreen)));

  for (int i = 0; i < 60; ++i) line.run();

  EXPECT_EQ(differingPixels(line.panel().part(kNote), line.picture().part(kNote)), 0);
  EXPECT_NE(differingPixels(line.panel(), line.picture()), 0);
}

TEST(SlowLine, ShowsAWallpaperEverywhereInAFewSecondsAndMoreRoughlyInOne) {
  SlowLine line;
  bench::drawPhoto(line.guest(), Rect::of(kScreen), 3);
  line.drawn(1, Damage(Rect::of(kScreen)));
  const auto worst = [&line] {
    double error = 0;
    for (int y = 0; y < kScreen.height; y += kTile) {
      for (int x = 0; x < kScreen.width; x += kTile) {
        const Rect tile = intersect({x, y, kTile, kTile}, Rect::of(kScreen));
        error = std::max(error, meanSquareError(line.panel(), line.picture(), tile));
      }
    }
    return error;
  };

  for (int i = 0; i < 60; ++i) line.run();
  const double sketched = worst();
  for (int i = 60; i < 300; ++i) line.run();
  const double rough = worst();

  EXPECT_LT(sketched, 255.0 * 255.0 / 50) << "17 dB after a second";
  EXPECT_LT(rough, 255.0 * 255.0 / 316) << "25 dB after five";
  EXPECT_LT(rough, sketched);
  EXPECT_NE(differingPixels(line.panel(), line.picture()), 0) << "it is not exact yet";
}

}  // namespace
}  // namespace lucarne::link
