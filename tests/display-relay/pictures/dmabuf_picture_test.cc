// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/dmabuf_picture.h"

#include <unistd.h>

#include <memory>

#include <gtest/gtest.h>

#include "tests/support/dmabuf.h"

namespace lucarne::relay {
namespace {

using surface::Damage;
using surface::Pixel;
using surface::Rect;
using surface::Size;

constexpr std::uint32_t kXr24 = 0x34325258;
constexpr Size kSize{16, 8};
constexpr std::uint32_t kStride = 64;

base::Result<std::uint64_t> sizeOfFile(const base::UniqueFd& fd) {
  return static_cast<std::uint64_t>(::lseek(fd.get(), 0, SEEK_END));
}

std::shared_ptr<surface::Dmabuf> dmabufOf(base::UniqueFd fd, std::uint64_t modifier = 0) {
  auto dmabuf = std::make_shared<surface::Dmabuf>();
  dmabuf->layout = {kSize, Rect::of(kSize), {kXr24, modifier}, false, {{0, kStride}}};
  dmabuf->fds.push_back(std::move(fd));
  return dmabuf;
}

// A sink that shows dma-bufs itself, and reads as long as it likes.
struct Taker : surface::ScreenObserver {
  bool takesDmabuf(const surface::Dmabuf&) override { return true; }
  void onDmabufDamage(const Damage& damage, const surface::DmabufRead& read) override {
    changed = damage.bounds();
    reads.push_back(read);
  }
  Rect changed;
  std::vector<surface::DmabufRead> reads;
};

// Asks the picture as a source does.
struct Source : surface::GuestControls {
  explicit Source(DmabufPicture& of) : picture(of) {}
  void onInput(const surface::InputEvent&) override {}
  void onPixelsNeeded() override { painted = picture.paintDue().has_value(); }
  DmabufPicture& picture;
  std::optional<bool> painted;
};

struct DmabufPictureTest : testing::Test {
  DmabufPictureTest() { screen.setControls(&source); }
  ~DmabufPictureTest() override {
    screen.setControls(nullptr);
    screen.removeObserver(taker);
    screen.removeObserver(other);
  }
  Pixel pixel(int x, int y) const { return screen.picture().at(x, y) & surface::kColourMask; }

  surface::Screen screen;
  DmabufPicture picture{screen, sizeOfFile};
  Source source{picture};
  Taker taker;
  surface::ScreenObserver other;  // needs pixels
};

// A memfd stands in where nothing is mapped.
TEST_F(DmabufPictureTest, IsHandedOnToASinkThatShowsItItself) {
  screen.addObserver(taker);

  const auto shown = picture.show(dmabufOf(base::createMemfd("test", 4096)));

  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(screen.size(), kSize);
  ASSERT_TRUE(screen.dmabuf());
  EXPECT_EQ(taker.changed, Rect::of(kSize));
  EXPECT_EQ(picture.words(), "dma-buf import");
}

TEST_F(DmabufPictureTest, KeepsTheGuestWaitingWhileASinkReads) {
  screen.addObserver(taker);
  ASSERT_TRUE(picture.show(dmabufOf(base::createMemfd("test", 4096))));
  bool answered = false;

  ASSERT_TRUE(picture.changed({1, 1, 2, 2}, surface::DmabufRead(this, [&answered](const void*) {
                                answered = true;
                              })));

  EXPECT_EQ(taker.changed, (Rect{1, 1, 2, 2}));
  EXPECT_FALSE(answered);
  taker.reads.clear();
  EXPECT_TRUE(answered);
}

TEST_F(DmabufPictureTest, IsNotHandedOnWhenItIsSmallerThanItClaims) {
  screen.addObserver(taker);

  EXPECT_FALSE(picture.show(dmabufOf(base::createMemfd("test", 7 * kStride))));

  EXPECT_FALSE(screen.dmabuf()) << "the kiosk would hang up";
  EXPECT_FALSE(picture);
}

TEST_F(DmabufPictureTest, OfTilesIsHandedOnButNotCopied) {
  screen.addObserver(taker);
  ASSERT_TRUE(picture.show(dmabufOf(base::createMemfd("test", 4096), 0x0100000000000001)));

  screen.addObserver(other);
  screen.setAttention(other, true);

  EXPECT_EQ(source.painted, false);
  EXPECT_TRUE(screen.dmabuf()) << "who can show it still does";
}

TEST_F(DmabufPictureTest, WithoutItsPlanesIsRefused) {
  auto none = dmabufOf(base::createMemfd("test", 4096));
  none->fds.clear();
  auto wide = dmabufOf(base::createMemfd("test", 4096));
  wide->layout.picture.width = 17;

  EXPECT_FALSE(picture.show(none));
  EXPECT_FALSE(picture.show(wide));
  EXPECT_FALSE(picture);
}

TEST_F(DmabufPictureTest, PaintsWhatWasLeftOutWhenASinkNeedsPixels) {
  auto guest = test::Dmabuf::create(4096);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  screen.addObserver(taker);
  guest->draw(2 * kStride + 12, 0x345678);
  ASSERT_TRUE(picture.show(dmabufOf(guest->fd())));
  EXPECT_EQ(pixel(3, 2), 0u) << "nobody needs it";

  screen.addObserver(other);
  screen.setAttention(other, true);

  EXPECT_EQ(source.painted, true);
  EXPECT_EQ(pixel(3, 2), 0x345678u);
  EXPECT_EQ(picture.words(), "dma-buf copy");
  guest->draw(2 * kStride + 12, 0xabcdef);
  ASSERT_TRUE(picture.changed({3, 2, 1, 1}, {}));
  EXPECT_EQ(pixel(3, 2), 0xabcdefu);
}

TEST_F(DmabufPictureTest, LeavesTheLastPictureBehind) {
  auto guest = test::Dmabuf::create(4096);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  screen.addObserver(taker);
  guest->draw(2 * kStride + 12, 0x345678);
  ASSERT_TRUE(picture.show(dmabufOf(guest->fd())));

  picture.end();

  EXPECT_FALSE(screen.dmabuf());
  EXPECT_EQ(pixel(3, 2), 0x345678u) << "a kiosk that comes later shows it";
}

TEST_F(DmabufPictureTest, MayBeAPartOfABufferThatStandsOnItsHead) {
  auto guest = test::Dmabuf::create(4096);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  auto dmabuf = dmabufOf(guest->fd());
  dmabuf->layout.picture = {2, 1, 5, 4};
  dmabuf->layout.bottomUp = true;
  guest->draw((kSize.height - 1 - 1) * kStride + 2 * 4, 0x345678);  // seen at (2, 1)

  ASSERT_TRUE(picture.show(dmabuf));

  EXPECT_EQ(screen.size(), (Size{5, 4}));
  EXPECT_EQ(pixel(0, 0), 0x345678u);
}

}  // namespace
}  // namespace lucarne::relay
