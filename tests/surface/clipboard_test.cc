// SPDX-License-Identifier: Apache-2.0
#include "surface/clipboard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "surface/screen.h"

namespace lucarne::surface {
namespace {

TEST(Clipboard, IsTextOfABoundedLength) {
  EXPECT_TRUE(isClipboardText("two\nlines\tand \xc3\xbc"));
  EXPECT_TRUE(isClipboardText(std::string(kMaxClipboardBytes, 'x')));
  EXPECT_FALSE(isClipboardText(""));
  EXPECT_FALSE(isClipboardText(std::string(kMaxClipboardBytes + 1, 'x')));
  EXPECT_FALSE(isClipboardText("latin \xfc"));
  EXPECT_FALSE(isClipboardText(std::string("a\0b", 3)));
}

TEST(Clipboard, TextOfOtherProtocolsEndsAtAZeroByteAndLosesTheReturnBeforeANewLine) {
  EXPECT_EQ(plainClipboardText(std::string_view("two\r\nlines\0more", 15)), "two\nlines");
  EXPECT_EQ(plainClipboardText("\r\r\n\n\r"), "\r\n\n\r");
  EXPECT_EQ(plainClipboardText(""), "");
}

TEST(Clipboard, WaysAreNamed) {
  EXPECT_EQ(parseClipboardWays("none"), ClipboardWays::None);
  EXPECT_EQ(parseClipboardWays("guest-to-kiosk"), ClipboardWays::GuestToKiosk);
  EXPECT_EQ(parseClipboardWays("kiosk-to-guest"), ClipboardWays::KioskToGuest);
  EXPECT_EQ(parseClipboardWays("both"), ClipboardWays::Both);
  EXPECT_THROW(parseClipboardWays("yes"), base::UsageError);
  EXPECT_THROW(parseClipboardWays(""), base::UsageError);
}

struct Pair {
  Pair() {
    screen.setControls(&guest);
    screen.addObserver(sink);
  }
  ~Pair() {
    screen.removeObserver(sink);
    screen.setControls(nullptr);
  }
  struct Guest : GuestControls {
    void onInput(const InputEvent&) override {}
    void onClipboard(const std::string& text) override { heard.push_back(text); }
    std::vector<std::string> heard;
  } guest;
  struct Sink : ScreenObserver {
    void onClipboard(const std::string& text) override { heard.push_back(text); }
    std::vector<std::string> heard;
  } sink;
  Screen screen;
};

TEST(ScreenClipboard, PassesNothingUntilItIsAllowed) {
  Pair pair;

  pair.screen.guestCopied("secret");
  pair.screen.offerClipboard("secret");

  EXPECT_TRUE(pair.guest.heard.empty());
  EXPECT_TRUE(pair.sink.heard.empty());
}

TEST(ScreenClipboard, PassesTheAllowedWayOnly) {
  Pair pair;
  pair.screen.allowClipboard(ClipboardWays::GuestToKiosk);
  pair.screen.guestCopied("out");
  pair.screen.offerClipboard("in");
  EXPECT_EQ(pair.sink.heard, (std::vector<std::string>{"out"}));
  EXPECT_TRUE(pair.guest.heard.empty());

  pair.screen.allowClipboard(ClipboardWays::KioskToGuest);
  pair.screen.guestCopied("out");
  pair.screen.offerClipboard("in");
  EXPECT_EQ(pair.sink.heard.size(), 1u);
  EXPECT_EQ(pair.guest.heard, (std::vector<std::string>{"in"}));
}

TEST(ScreenClipboard, PassesTextOnly) {
  Pair pair;
  pair.screen.allowClipboard(ClipboardWays::Both);

  pair.screen.guestCopied("\xff\xfe");
  pair.screen.offerClipboard(std::string(kMaxClipboardBytes + 1, 'x'));

  EXPECT_TRUE(pair.guest.heard.empty());
  EXPECT_TRUE(pair.sink.heard.empty());
}

}  // namespace
}  // namespace lucarne::surface
