// SPDX-License-Identifier: Apache-2.0
#include "kiosk/lettering.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/result.h"
#include "kiosk/notices.h"
#include "kiosk/panel_painter.h"
#include "kiosk/pixel_font.h"

namespace lucarne::kiosk {
namespace {

using surface::Size;

int inked(const Image& image) {
  return static_cast<int>(std::count_if(image.pixels.begin(), image.pixels.end(),
                                        [](surface::Pixel p) { return p >> 24 > 127; }));
}

TEST(PixelFont, HasAPictureOfItsOwnForEveryPrintableCharacter) {
  std::vector<std::string> seen;
  for (char32_t c = '!'; c <= '~'; ++c) {
    std::string glyph;
    for (int y = 0; y < kPixelFontHeight; ++y) {
      for (int x = 0; x < kPixelFontWidth; ++x) glyph += pixelFontSet(c, x, y) ? '#' : ' ';
      EXPECT_FALSE(pixelFontSet(c, kPixelFontWidth - 1, y)) << "touches its neighbour: " << char(c);
    }
    EXPECT_NE(glyph.find('#'), std::string::npos) << char(c);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), glyph), 0) << char(c);
    seen.push_back(glyph);
  }
}

TEST(PixelFont, ShowsABoxForWhatItDoesNotHave) {
  EXPECT_TRUE(pixelFontSet(0x4e00, 0, 0));
  EXPECT_TRUE(pixelFontSet(0x07, 0, 0));
  EXPECT_FALSE(pixelFontSet('A', -1, 0));
  EXPECT_FALSE(pixelFontSet('A', 0, 1000));
}

TEST(Lettering, WritesWithoutAnyFont) {
  Lettering lettering = Lettering::builtIn();

  const Image image = lettering.line("Hello", 18, 0xffffff);

  EXPECT_EQ(image.size, (Size{5 * 6 * 2, 9 * 2}));
  EXPECT_GT(inked(image), 100);
}

TEST(Lettering, CountsCharactersAndSurvivesBytesThatAreNone) {
  Lettering lettering = Lettering::builtIn();

  EXPECT_EQ(lettering.widthOf("\u00e4\u20ac", 9), 2 * 6);
  EXPECT_EQ(lettering.line("\xff\xe2\x82", 9, 0).size.width, 2 * 6);
  EXPECT_TRUE(lettering.line("", 9, 0).empty());
}

TEST(Lettering, BreaksAtSpacesAndInsideLongWords) {
  Lettering lettering = Lettering::builtIn();

  EXPECT_EQ(lettering.wrapped("one two three", 9, 7 * 6),
            (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(lettering.wrapped("a abcdefgh", 9, 3 * 6),
            (std::vector<std::string>{"a", "abc", "def", "gh"}));
  EXPECT_EQ(lettering.wrapped("abc", 9, 1), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(lettering.wrapped("", 9, 100).empty());
}

TEST(Lettering, SaysWhichFontCannotBeUsed) {
  EXPECT_THROW(Lettering("/nonexistent/font.ttf"), base::SetupError);
}

TEST(Notices, FitPanelsOfAnySize) {
  const Notice notice = noticeOfNoGuest({"kiosk:/a/rather/long/path/to/a/socket", "hint"});
  Lettering builtIn = Lettering::builtIn();
  Lettering found("");
  for (const Size size : {Size{1280, 800}, Size{800, 1280}, Size{320, 240}, Size{40, 30}, Size{1, 1}}) {
    for (Lettering* lettering : {&builtIn, &found}) {
      const Image box = drawNotice(notice, *lettering, size);
      EXPECT_LE(box.size.width, size.width);
      EXPECT_LE(box.size.height, size.height);
      EXPECT_GT(box.size.pixels(), 0);
    }
  }
}

TEST(Notices, HaveWordsOnThem) {
  Lettering lettering("");
  const Image box = drawNotice({"Title", {"line"}}, lettering, {1280, 800});

  const auto bright = std::count_if(box.pixels.begin(), box.pixels.end(), [](surface::Pixel p) {
    return (p & 0xff) > 0xc0 && (p >> 8 & 0xff) > 0xc0;
  });
  EXPECT_GT(bright, 200);
}

Guest liveGuest() {
  Guest guest;
  guest.name = "work";
  guest.connected = true;
  guest.phase = surface::Phase::Live;
  guest.picture = std::make_unique<MemoryPicture>(Size{8, 8});
  return guest;
}

TEST(Notices, SayNothingOverALivePicture) {
  EXPECT_EQ(noticeOf(liveGuest(), {}), std::nullopt);
}

TEST(Notices, TellStartingFromReconnecting) {
  Guest starting = liveGuest();
  starting.picture = nullptr;
  starting.phase = surface::Phase::Waiting;
  starting.phaseWords = "connection refused";
  Guest lost = liveGuest();
  lost.phase = surface::Phase::Lost;
  Guest back = liveGuest();
  back.phase = surface::Phase::Waiting;

  EXPECT_EQ(noticeOf(starting, {})->title, "work: starting");
  EXPECT_EQ(noticeOf(starting, {})->lines.at(0), "connection refused");
  EXPECT_EQ(noticeOf(lost, {})->title, "work: reconnecting");
  EXPECT_EQ(noticeOf(back, {})->title, "work: reconnecting");
}

TEST(Notices, SayThatTheRelayIsGoneAndHowItComesBack) {
  Guest gone = liveGuest();
  gone.connected = false;
  gone.leftWords = "the relay ended";

  const auto notice = noticeOf(gone, {"kiosk:", "look there"});

  EXPECT_EQ(notice->title, "work: reconnecting");
  EXPECT_EQ(notice->lines.at(0), "Its relay is gone: the relay ended");
  EXPECT_NE(notice->lines.at(1).find("kiosk:"), std::string::npos);
  EXPECT_EQ(notice->lines.at(2), "look there");
}

}  // namespace
}  // namespace lucarne::kiosk
