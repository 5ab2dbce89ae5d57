// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/desktop.h"

#include <gtest/gtest.h>

#include "surface/stamp.h"

namespace lucarne::demo {
namespace {

using namespace std::chrono_literals;
using surface::Rect;

constexpr surface::Size kSize{1280, 800};

// Counts pixels that differ between the pictures and lie in no rectangle of the damage.
int undamagedChanges(const std::vector<surface::Pixel>& before, surface::Frame after,
                     const surface::Damage& damage) {
  int changes = 0;
  for (int y = 0; y < after.size.height; ++y) {
    for (int x = 0; x < after.size.width; ++x) {
      const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(after.size.width) +
                      static_cast<std::size_t>(x);
      if (before[at] == after.at(x, y)) continue;
      const auto covers = [x, y](const Rect& r) { return r.contains(x, y); };
      changes += std::none_of(damage.rects().begin(), damage.rects().end(), covers);
    }
  }
  return changes;
}

std::vector<surface::Pixel> copyOf(surface::Frame frame) {
  return {frame.pixels, frame.pixels + frame.size.pixels()};
}

TEST(Desktop, DrawsEverythingFirst) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);

  EXPECT_EQ(desktop.advance().bounds(), Rect::of(kSize));
}

TEST(Desktop, DrawsNothingWhileNothingChanges) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);
  desktop.advance();
  desktop.advance();  // the minute may have changed since

  EXPECT_TRUE(desktop.advance().empty());
}

TEST(Desktop, StampsEveryDrawnFrame) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Moving, clock);
  desktop.advance();
  const auto first = surface::readStamp(desktop.frame(), {0, 0});
  clock.advance(16ms);

  desktop.advance();

  const auto second = surface::readStamp(desktop.frame(), {0, 0});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->counter, first->counter + 1);
  EXPECT_EQ(second->drawnUs, first->drawnUs + 16000);
}

TEST(Desktop, ReportsEveryPixelThatChanged) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Moving, clock);
  desktop.advance();

  for (int i = 0; i < 40; ++i) {
    const auto before = copyOf(desktop.frame());
    desktop.onPointer({40 * i, 15 * i}, i % 8 > 4);
    desktop.onKeysym('a' + static_cast<std::uint32_t>(i % 26));
    clock.advance(33ms);
    const surface::Damage damage = desktop.advance();
    EXPECT_EQ(undamagedChanges(before, desktop.frame(), damage), 0) << "step " << i;
  }
}

TEST(Desktop, LooksTheSameAgainWhenTheTrailsAreGone) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);
  desktop.advance();
  surface::Frame frame = desktop.frame();
  const auto part = [&] { return copyOf(frame); };
  const auto before = part();

  desktop.onPointer({300, 600}, false);
  desktop.onPointer({500, 620}, true);
  desktop.onPointer({500, 620}, false);
  clock.advance(100ms);
  desktop.advance();
  EXPECT_NE(part(), before);
  clock.advance(2s);
  desktop.advance();

  surface::Damage stamp(Rect{0, 0, surface::Stamp::kSize.width, surface::Stamp::kSize.height});
  EXPECT_EQ(undamagedChanges(before, frame, stamp), 0);
}

TEST(Desktop, ShowsWhatIsTyped) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);

  for (const std::uint32_t keysym :
       {0x48u, 0x69u, 0xffe1u, 0x21u, 0xff0du, 0xe9u, 0x010020acu, 0x78u, 0xff08u}) {
    desktop.onKeysym(keysym);
  }

  EXPECT_EQ(desktop.typedText(), "Hi!\né€");
}

TEST(Desktop, KeepsTypingBoundedAndIgnoresKeysymsThatAreNoCharacters) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);

  for (const std::uint32_t keysym : {0u, 0x1fu, 0x7fu, 0x100u, 0x0100d800u, 0x0110ffffu, ~0u}) {
    desktop.onKeysym(keysym);
  }
  EXPECT_EQ(desktop.typedText(), "");
  for (int i = 0; i < 2100; ++i) desktop.onKeysym('\xa0' & 0xff);

  EXPECT_EQ(desktop.typedText().size(), 2u * 2000);
}

TEST(Desktop, AClickIntoTheMovingWindowStopsIt) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Moving, clock);
  desktop.advance();

  desktop.onPointer({1000, 500}, true);
  desktop.onPointer({1000, 500}, false);
  clock.advance(2s);
  desktop.advance();
  clock.advance(16ms);

  // The clock may tick; the window's middle is not drawn again.
  const surface::Damage damage = desktop.advance();
  EXPECT_TRUE(surface::intersect(damage.bounds(), {1000, 500, 1, 1}).empty());
}

TEST(Desktop, AWindowIsDraggedByItsTitleAndStaysOnTheDesktop) {
  base::ManualClock clock;
  Desktop desktop(kSize, Motion::Still, clock);
  desktop.advance();
  const surface::Pixel wall = desktop.frame().at(1270, 450);

  desktop.onPointer({900, 265}, true);
  desktop.onPointer({5000, 5000}, true);
  desktop.onPointer({5000, 5000}, false);
  clock.advance(2s);
  desktop.advance();
  desktop.advance();

  EXPECT_NE(desktop.frame().at(1270, 450), wall);  // the window covers the right edge now
}

TEST(Desktop, TakesAnyPointerPosition) {
  base::ManualClock clock;
  Desktop desktop({600, 600}, Motion::Still, clock);

  for (const int v : {-100000, -1, 0, 599, 600, 100000}) {
    desktop.onPointer({v, -v}, true);
    desktop.advance();
  }

  EXPECT_TRUE(surface::readStamp(desktop.frame(), {0, 0}));
}

}  // namespace
}  // namespace lucarne::demo
