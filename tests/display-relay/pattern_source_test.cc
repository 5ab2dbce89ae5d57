// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pattern_source.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.h"
#include "display-relay/sources/test_pattern.h"

namespace lucarne::relay {
namespace {

using surface::FrameBuffer;
using surface::Size;
using surface::Stamp;

PatternSettings parse(const std::string& text) { return parsePattern(parseEndpoint(text)); }

TEST(PatternEndpoint, HasDefaults) {
  const PatternSettings settings = parse("pattern:");

  EXPECT_EQ(settings.size, (Size{1280, 800}));
  EXPECT_EQ(settings.fps, 30);
  EXPECT_FALSE(settings.isSizeFixed);
}

TEST(PatternEndpoint, TakesASizeAndARate) {
  const PatternSettings settings = parse("pattern:640x480@60");

  EXPECT_EQ(settings.size, (Size{640, 480}));
  EXPECT_EQ(settings.fps, 60);
  EXPECT_TRUE(settings.isSizeFixed);
  EXPECT_EQ(parse("pattern:@0").fps, 0);
}

class MalformedPattern : public testing::TestWithParam<const char*> {};

TEST_P(MalformedPattern, IsRefused) { EXPECT_THROW(parse(GetParam()), base::UsageError); }

INSTANTIATE_TEST_SUITE_P(All, MalformedPattern,
                         testing::Values("pattern:x", "pattern:640", "pattern:640x", "pattern:x480",
                                         "pattern:0x0", "pattern:-1x5", "pattern:65535x65535",
                                         "pattern:640x480@", "pattern:640x480@-1",
                                         "pattern:640x480@501", "pattern:@1e3", "pattern:640 x480",
                                         "pattern:99999999999x1"));

TEST(TestPattern, CarriesItsStampAtTheDocumentedPlace) {
  TestPattern pattern({640, 480});
  const auto buffer = FrameBuffer::create(pattern.size());
  const Stamp stamp{7, 123456};

  pattern.paintAll(buffer.frame(), stamp);

  EXPECT_EQ(readStamp(buffer.frame(), TestPattern::kStampAt), stamp);
}

TEST(TestPattern, PaintsOnlyWhatMovesAndEndsUpTheSame) {
  for (const Size size : {Size{640, 480}, Size{50, 300}, Size{1, 1}, Size{1280, 20}}) {
    TestPattern moving(size);
    TestPattern whole(size);
    const auto kept = FrameBuffer::create(size);
    const auto fresh = FrameBuffer::create(size);
    const auto before = FrameBuffer::create(size);
    moving.paintAll(kept.frame(), {1, 1});
    for (std::uint32_t n = 2; n < 40; ++n) {
      copyPixels(kept.frame(), before.frame(), surface::Rect::of(size));
      if (n == 20) moving.setMark(surface::GuestPoint{size.width / 2, size.height - 1});
      if (n == 20) whole.setMark(surface::GuestPoint{size.width / 2, size.height - 1});
      if (n == 30) moving.setMark({});
      if (n == 30) whole.setMark({});

      const surface::Damage damage = moving.paintNext(kept.frame(), {n * 37, n});
      whole.paintAll(fresh.frame(), {n * 37, n});

      ASSERT_EQ(differingPixels(kept.frame(), fresh.frame()), 0) << size.width << " frame " << n;
      for (const surface::Rect& r : damage.rects()) copyPixels(kept.frame(), before.frame(), r);
      ASSERT_EQ(differingPixels(kept.frame(), before.frame()), 0) << "damage covers every change";
    }
  }
}

class PatternSource : public testing::Test {
 protected:
  void until(const std::function<bool()>& isSo) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(10), [&late] { late = true; });
    while (!isSo() && !late) loop_.turn(true);
    ASSERT_FALSE(late);
  }
  std::uint32_t counter() const {
    const auto stamp = readStamp(screen_.picture(), TestPattern::kStampAt);
    return stamp ? stamp->counter : 0;
  }
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  surface::Screen screen_;
};

TEST_F(PatternSource, CountsItsFrames) {
  const auto source = createSource("pattern:640x480@500", {}, screen_, context_);

  source->start();

  EXPECT_EQ(counter(), 1u);
  until([this] { return counter() >= 5; });
}

TEST_F(PatternSource, RestsWhenNobodyLooks) {
  const auto source = createSource("pattern:640x480@500", {}, screen_, context_);
  class Nobody : public surface::ScreenObserver {
  } nobody;
  screen_.addObserver(nobody);
  source->start();
  screen_.setAttention(nobody, false);

  const std::uint32_t before = counter();
  bool over = false;
  const auto time = loop_.after(std::chrono::milliseconds(30), [&over] { over = true; });
  while (!over) loop_.turn(true);

  EXPECT_EQ(counter(), before);
  screen_.setAttention(nobody, true);
  until([&] { return counter() > before; });
  screen_.removeObserver(nobody);
}

TEST_F(PatternSource, FollowsTheSizeThatIsWantedUnlessItWasNamed) {
  {
    const auto source = createSource("pattern:@0", {}, screen_, context_);
    source->start();
    screen_.wantSize({500, 400});
    EXPECT_EQ(screen_.size(), (Size{500, 400}));
    screen_.wantSize({500000, 400});
    EXPECT_EQ(screen_.size(), (Size{500, 400}));
  }
  const auto named = createSource("pattern:640x480@0", {}, screen_, context_);
  named->start();

  screen_.wantSize({600, 400});

  EXPECT_EQ(screen_.size(), (Size{640, 480}));
}

TEST_F(PatternSource, GoesOnWhenABufferComesBack) {
  const auto source = createSource("pattern:640x480@0", {}, screen_, context_);
  source->start();
  std::vector<surface::Hold> holds;
  for (int i = 0; i < surface::Screen::kBuffers; ++i) {
    holds.push_back(screen_.hold());
    screen_.input(surface::PointerMoved{{i, i}});  // paints, since it has no rate
  }
  const std::uint32_t before = counter();

  screen_.release(std::move(holds.front()));

  EXPECT_GT(counter(), before);
}

}  // namespace
}  // namespace lucarne::relay
