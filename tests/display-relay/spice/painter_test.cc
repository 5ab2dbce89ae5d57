// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/painter.h"

#include <gtest/gtest.h>
#include <spice/enums.h>

#include <vector>

#include "tests/support/dmabuf.h"

namespace lucarne::relay::spice {
namespace {

using surface::GuestPoint;
using surface::Pixel;
using surface::Size;

// A primary surface of 8 x 6 pixels.
struct Surface {
  std::vector<Pixel> pixels = std::vector<Pixel>(8 * 6, 0);

  UntrustedPicture picture() const {
    return {8,
            6,
            32,
            kPixmanX8R8G8B8,
            {reinterpret_cast<const std::uint8_t*>(pixels.data()), pixels.size() * 4}};
  }
  Pixel& at(int x, int y) { return pixels[static_cast<std::size_t>(8 * y + x)]; }
};

struct Painting : surface::ScreenObserver {
  void onDamage(const surface::Damage& damage) override { damaged.add(damage); }
  surface::Damage damaged;
};

struct SpicePainter : testing::Test {
  surface::Screen screen;
  Painter painter{screen};
  Surface drawn;

  void showAll() {
    painter.invalidateAll();
    ASSERT_TRUE(*painter.paint(drawn.picture()));
  }
};

TEST_F(SpicePainter, ShowsThePrimarySurface) {
  drawn.at(7, 5) = 0x123456;

  showAll();

  EXPECT_EQ(screen.size(), (Size{8, 6}));
  EXPECT_EQ(screen.picture().at(7, 5) & surface::kColourMask, 0x123456u);
  EXPECT_FALSE(painter.isDue());
}

TEST_F(SpicePainter, CopiesOnlyWhatChanged) {
  showAll();
  Painting observer;
  screen.addObserver(observer);
  drawn.at(1, 1) = 1;
  drawn.at(6, 4) = 2;

  painter.invalidate(6, 4, 2, 1);
  ASSERT_TRUE(*painter.paint(drawn.picture()));

  EXPECT_EQ(screen.picture().at(6, 4), 2u);
  EXPECT_EQ(screen.picture().at(1, 1), 0u) << "nobody said that this changed";
  EXPECT_EQ(observer.damaged.bounds(), (surface::Rect{6, 4, 2, 1}));
  screen.removeObserver(observer);
}

TEST_F(SpicePainter, CutsWhatLiesOutside) {
  showAll();
  Painting observer;
  screen.addObserver(observer);

  for (const std::int64_t far : {INT64_C(-1) << 31, INT64_C(-5), INT64_C(8), INT64_C(1) << 31}) {
    painter.invalidate(far, far, 3, 3);
    painter.invalidate(far, far, -1, INT32_MAX);
  }
  ASSERT_TRUE(*painter.paint(drawn.picture()));

  EXPECT_TRUE(observer.damaged.empty());
  screen.removeObserver(observer);
}

TEST_F(SpicePainter, FollowsANewSize) {
  showAll();
  const std::vector<std::uint8_t> small(2 * 2 * 4, 0x11);
  painter.invalidate(0, 0, 1, 1);

  ASSERT_TRUE(*painter.paint({2, 2, 8, kPixmanX8R8G8B8, small}));

  EXPECT_EQ(screen.size(), (Size{2, 2}));
  EXPECT_EQ(screen.picture().at(1, 1) & surface::kColourMask, 0x111111u) << "all of it is new";
}

TEST_F(SpicePainter, ShowsThePartThatTheMonitorShows) {
  drawn.at(2, 1) = 0xaa;
  painter.setMonitor(2, 1, 4, 3);

  ASSERT_TRUE(*painter.paint(drawn.picture()));

  EXPECT_EQ(screen.size(), (Size{4, 3}));
  EXPECT_EQ(screen.picture().at(0, 0), 0xaau);
  EXPECT_EQ(painter.origin(), (GuestPoint{2, 1}));
}

TEST_F(SpicePainter, ShowsAllWhereTheMonitorIsNotOnTheSurface) {
  painter.setMonitor(5, 0, 4, 3);

  ASSERT_TRUE(*painter.paint(drawn.picture()));

  EXPECT_EQ(screen.size(), (Size{8, 6}));
}

TEST_F(SpicePainter, PaintsAtTheRightPlaceOfAMonitor) {
  painter.setMonitor(2, 1, 4, 3);
  ASSERT_TRUE(*painter.paint(drawn.picture()));
  drawn.at(3, 2) = 7;
  painter.invalidate(3, 2, 1, 1);

  ASSERT_TRUE(*painter.paint(drawn.picture()));

  EXPECT_EQ(screen.picture().at(1, 1), 7u);
}

TEST_F(SpicePainter, KeepsWhatTheScreenCouldNotTake) {
  showAll();
  std::vector<surface::Hold> holds;
  for (int i = 0; i < surface::Screen::kBuffers; ++i) {
    holds.push_back(screen.hold());
    painter.invalidate(0, 0, 1, 1);
    drawn.at(0, 0) = static_cast<Pixel>(i);
    (void)painter.paint(drawn.picture());
  }
  ASSERT_TRUE(painter.isDue()) << "every buffer is held";

  holds.clear();

  ASSERT_TRUE(*painter.paint(drawn.picture()));
  EXPECT_EQ(screen.picture().at(0, 0), 2u);
}

TEST_F(SpicePainter, RefusesASurfaceThatIsNone) {
  painter.invalidateAll();
  EXPECT_FALSE(painter.paint({8, 6, 32, 0, {}})) << "no format";
  painter.invalidateAll();
  EXPECT_FALSE(painter.paint({8, 6, -32, kPixmanX8R8G8B8, {}}));
  painter.invalidateAll();
  EXPECT_FALSE(painter.paint({1 << 20, 6, 1 << 22, kPixmanX8R8G8B8, {}}));
  EXPECT_FALSE(screen.hasPicture());
  EXPECT_FALSE(painter.isDue()) << "not tried again and again";
}

TEST_F(SpicePainter, KnowsTheFormatsOfSurfaces) {
  EXPECT_EQ(pixmanOf(SPICE_SURFACE_FMT_32_xRGB), kPixmanX8R8G8B8);
  EXPECT_EQ(pixmanOf(SPICE_SURFACE_FMT_16_565), kPixmanR5G6B5);
  EXPECT_EQ(pixmanOf(SPICE_SURFACE_FMT_16_555), kPixmanX1R5G5B5);
  EXPECT_EQ(pixmanOf(SPICE_SURFACE_FMT_1_A), 0u);
}

TEST_F(SpicePainter, RefusesADmabufThatIsNone) {
  constexpr std::uint32_t kXr24 = 0x34325258;

  EXPECT_FALSE(painter.scanout(base::createMemfd("x", 4096), kXr24, false, 2, 2, 8));

  EXPECT_FALSE(painter.isShared());
  EXPECT_TRUE(painter.paintShared()) << "there is nothing to paint";
}

TEST_F(SpicePainter, ShowsADmabufUntilThereIsAPrimarySurfaceAgain) {
  auto guest = test::Dmabuf::create(4096);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  constexpr std::uint32_t kXr24 = 0x34325258;
  guest->draw(64, 0x345678);

  ASSERT_TRUE(painter.scanout(guest->fd(), kXr24, false, 16, 8, 64));
  ASSERT_TRUE(painter.paintShared());
  EXPECT_EQ(screen.picture().at(0, 1) & surface::kColourMask, 0x345678u);
  EXPECT_EQ(painter.words(), "dma-buf copy");

  guest->draw(64, 0xabcdef);
  ASSERT_TRUE(painter.drawn(0, 1, 1, 1, {}));
  EXPECT_EQ(screen.picture().at(0, 1) & surface::kColourMask, 0xabcdefu);

  painter.endScanout();
  showAll();
  EXPECT_EQ(screen.size(), (Size{8, 6}));
}

TEST_F(SpicePainter, TakesAPointersShape) {
  const std::vector<std::uint8_t> rgba = {0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0};

  ASSERT_TRUE(painter.setCursor(2, 1, 9, -9, rgba.data()));

  EXPECT_EQ(screen.cursor().size, (Size{2, 1}));
  EXPECT_EQ(screen.cursor().hotspot, (GuestPoint{1, 0}));
  EXPECT_EQ(screen.cursor().pixels[0], 0x44112233u) << "B, G, R, A in memory";
  painter.hideCursor();
  EXPECT_TRUE(screen.cursor().hidden());
}

TEST_F(SpicePainter, RefusesAPointerWithoutPixelsOrOfAnImpossibleSize) {
  const std::vector<std::uint8_t> rgba(4, 0);

  EXPECT_FALSE(painter.setCursor(1, 1, 0, 0, nullptr));
  EXPECT_FALSE(painter.setCursor(0, 1, 0, 0, rgba.data()));
  EXPECT_FALSE(painter.setCursor(1, 257, 0, 0, rgba.data()));
  EXPECT_FALSE(painter.setCursor(-1, -1, 0, 0, rgba.data()));
}

}  // namespace
}  // namespace lucarne::relay::spice
