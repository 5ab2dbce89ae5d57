// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/server_messages.h"

#include <gmock/gmock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/rfb_bytes.h"

namespace lucarne::relay::rfb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Octets;
using testing::ServerBytes;

/// Writes down what it is told, one word each.
class Journal final : public ServerEvents {
 public:
  surface::Size pictureSize() override { return size; }
  std::optional<surface::Frame> canvas() override {
    if (refuse) return std::nullopt;
    return surface::Frame{pixels.data(), size, size.width * 4};
  }
  void onUpdateBegan() override { say("began"); }
  void onPainted(const surface::Rect& r) override {
    say(fmt::format("painted {},{} {}x{}", r.x, r.y, r.width, r.height));
  }
  void onUpdateEnded() override { say("ended"); }
  void onSize(const SizeReport& r) override {
    report = r;
    say(fmt::format("size {}x{}", r.size.width, r.size.height));
  }
  void onCursor(surface::Cursor c) override {
    cursor = std::move(c);
    say(fmt::format("cursor {}x{}", cursor.size.width, cursor.size.height));
  }
  void onCursorMoved(surface::GuestPoint at) override { say(fmt::format("moved {},{}", at.x, at.y)); }
  void onName(std::string name) override { say("name " + name); }
  void onLeds(surface::Leds leds) override { say(fmt::format("leds {}", leds)); }
  void onFeature(Feature feature) override { say(fmt::format("feature {}", static_cast<int>(feature))); }
  void onPointerMode(PointerMode mode) override {
    say(mode == PointerMode::Relative ? "relative" : "absolute");
  }
  void onContinuousUpdatesEnded() override { say("end of continuous updates"); }
  void onFence(std::uint32_t flags, base::Bytes payload) override {
    say(fmt::format("fence {:x} {}", flags, std::string(payload.begin(), payload.end())));
  }
  void onCutText(base::Bytes latin1) override {
    say(fmt::format("cut text {}", std::string(latin1.begin(), latin1.end())));
  }
  void onExtendedCutText(base::Bytes untrusted) override {
    say(fmt::format("extended cut text of {} bytes", untrusted.size()));
  }
  void onMessageEnded() override { ++messages; }

  void say(std::string word) { words.push_back(std::move(word)); }

  surface::Size size{64, 32};
  std::vector<surface::Pixel> pixels = std::vector<surface::Pixel>(64 * 32);
  bool refuse = false;
  std::vector<std::string> words;
  int messages = 0;
  SizeReport report;
  surface::Cursor cursor;
};

/// Feeds in pieces; answers the error or "".
std::string feed(ServerMessages& messages, const Octets& bytes, std::size_t chunk = 100000) {
  std::size_t start = 0;
  for (std::size_t end = std::min(chunk, bytes.size());;
       end = std::min(end + chunk, bytes.size())) {
    const auto used = messages.take(base::Bytes(bytes).subspan(start, end - start));
    if (!used) return used.error().message;
    start += *used;
    if (end == bytes.size()) return start == end ? "" : "left over";
  }
}

std::string failure(const ServerBytes& bytes) {
  Journal journal;
  ServerMessages messages(journal);
  return feed(messages, bytes.bytes);
}

ServerBytes pseudo(unsigned x, unsigned y, unsigned w, unsigned h, Encoding encoding) {
  return ServerBytes().update(1).rect(x, y, w, h, encoding);
}

/// One of everything.
Octets everything() {
  return ServerBytes()
      .update(2)
      .rect(1, 2, 3, 1, Encoding::Raw).pixel(1).pixel(2).pixel(3)
      .rect(8, 8, 4, 4, Encoding::Rre).u32(0).pixel(9)
      .u8(2)                                             // bell
      .u8(3).zeros(3).u32(5).text("hello")               // cut text
      .u8(1).zeros(3).u16(2).zeros(12)                   // colour map
      .update(0)
      .fence(0x80000003, "abc")
      .update(9).rect(5, 6, 0, 0, Encoding::VmwareCursorPosition)
      .rect(1, 0, 64, 32, Encoding::QemuPointerMotion)
      .rect(0, 0, 0, 0, Encoding::QemuExtendedKey)
      .rect(0, 0, 0, 0, Encoding::ExtendedMouseButtons)
      .rect(0, 0, 0, 0, Encoding::DesktopName).u32(4).text("neue")
      .rect(0, 0, 0, 0, Encoding::QemuLedState).u8(1)
      .rect(0, 0, 0, 0, Encoding::VmwareLedState).u32(6)
      .rect(7, 7, 2, 1, Encoding::Cursor).pixel(0xff).pixel(0xff00).u8(0x80)
      .rect(0, 0, 0, 0, Encoding::LastRect)
      .u8(150)
      .update(1).rect(1, 0, 64, 32, Encoding::ExtendedDesktopSize).u8(1).zeros(3)
      .u32(7).u16(0).u16(0).u16(64).u16(32).u32(5)
      .bytes;
}

TEST(ServerMessages, TellsEverythingInOrder) {
  Journal journal;
  ServerMessages messages(journal);

  ASSERT_EQ(feed(messages, everything()), "");

  EXPECT_THAT(journal.words,
              ElementsAre("began", "painted 1,2 3x1", "painted 8,8 4x4", "ended", "cut text hello",
                          "began", "ended",
                          "fence 80000003 abc", "began", "moved 5,6", "absolute", "feature 0",
                          "feature 1", "name neue", "feature 2", "leds 4", "feature 2", "leds 3",
                          "cursor 2x1", "ended", "end of continuous updates", "began", "size 64x32",
                          "ended"));
  EXPECT_EQ(journal.messages, 9);
  EXPECT_EQ(journal.pixels[2 * 64 + 2], 2u);
}

TEST(ServerMessages, TellsTheSameInPiecesOfAnySize) {
  Journal whole;
  ServerMessages reference(whole);
  ASSERT_EQ(feed(reference, everything()), "");
  for (std::size_t chunk = 1; chunk < 200; ++chunk) {
    Journal journal;
    ServerMessages messages(journal);
    ASSERT_EQ(feed(messages, everything(), chunk), "") << chunk;
    ASSERT_EQ(journal.words, whole.words) << chunk;
  }
}

TEST(ServerMessages, WaitsAtEveryTruncation) {
  const Octets bytes = everything();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Journal journal;
    ServerMessages messages(journal);
    const auto used = messages.take(base::Bytes(bytes).first(length));
    ASSERT_TRUE(used) << length << ": " << used.error().message;
    ASSERT_LE(*used, length);
  }
}

TEST(ServerMessages, RefusesRectanglesOutsideTheScreen) {
  const auto at = [](unsigned x, unsigned y, unsigned w, unsigned h) {
    return failure(ServerBytes().update(1).rect(x, y, w, h, Encoding::Raw).zeros(16));
  };
  EXPECT_EQ(at(62, 30, 2, 2), "");
  EXPECT_THAT(at(63, 30, 2, 2), HasSubstr("outside its screen"));
  EXPECT_THAT(at(62, 31, 2, 2), HasSubstr("outside its screen"));
  EXPECT_THAT(at(0, 0, 65535, 65535), HasSubstr("65535x65535"));
  EXPECT_NE(at(65535, 0, 65535, 1), "");
}

TEST(ServerMessages, RefusesWhatWasNotAskedFor) {
  EXPECT_THAT(failure(pseudo(0, 0, 1, 1, static_cast<Encoding>(50))), HasSubstr("encoding 50"));
  EXPECT_THAT(failure(pseudo(0, 0, 1, 1, static_cast<Encoding>(-305))), HasSubstr("-305"));
  EXPECT_THAT(failure(ServerBytes().u8(253)), HasSubstr("type 253"));
  EXPECT_THAT(failure(ServerBytes().u8(4)), HasSubstr("type 4"));
}

TEST(ServerMessages, RefusesToPaintForEverInOneUpdate) {
  ServerBytes bytes;
  bytes.update(65535);
  for (int i = 0; i < 1000; ++i) bytes.rect(0, 0, 64, 32, Encoding::Tight).u8(0x80).rgb(1);
  EXPECT_THAT(failure(bytes), HasSubstr("again and again"));
}

TEST(ServerMessages, RefusesRectanglesWithoutEndAndWithoutPixels) {
  ServerBytes names;
  names.update(65535);
  for (int i = 0; i < 1000; ++i) names.rect(0, 0, 0, 0, Encoding::QemuExtendedKey);
  EXPECT_THAT(failure(names), HasSubstr("without end"));

  ServerBytes empty;
  empty.update(65535);
  for (int i = 0; i < 1000; ++i) empty.rect(0, 0, 0, 7, Encoding::Raw);
  EXPECT_THAT(failure(empty), HasSubstr("without end"));
}

TEST(ServerMessages, PassesOverAnEmptyRawRectangle) {
  EXPECT_EQ(failure(ServerBytes().update(1).rect(3, 3, 0, 5, Encoding::Raw)), "");
  EXPECT_EQ(failure(ServerBytes().update(1).rect(64, 32, 0, 0, Encoding::Raw)), "");
  EXPECT_NE(failure(ServerBytes().update(1).rect(3, 3, 0, 5, Encoding::Zrle).u32(0)), "");
}

TEST(ServerMessages, RefusesSizesThatCannotBe) {
  EXPECT_THAT(failure(pseudo(0, 0, 65535, 65535, Encoding::DesktopSize)), HasSubstr("65535x65535"));
  EXPECT_NE(failure(pseudo(0, 0, 0, 10, Encoding::DesktopSize)), "");
  EXPECT_NE(failure(pseudo(0, 0, 65535, 65535, Encoding::ExtendedDesktopSize).zeros(4)), "");
  EXPECT_EQ(failure(pseudo(0, 0, 16384, 2000, Encoding::ExtendedDesktopSize).zeros(4)), "");
}

TEST(ServerMessages, TakesAScreenWithTheIdZero) {
  Journal journal;
  ServerMessages messages(journal);

  ASSERT_EQ(feed(messages, pseudo(0, 0, 720, 400, Encoding::ExtendedDesktopSize)
                               .u8(1).zeros(3).zeros(8).u16(720).u16(400).u32(0).bytes), "");

  EXPECT_EQ(journal.report.size, (surface::Size{720, 400}));
  ASSERT_TRUE(journal.report.screen);
  EXPECT_EQ(journal.report.screen->id, 0u);
}

TEST(ServerMessages, TakesALayoutOfManyScreensAndOfNone) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(2, 0, 99, 98, Encoding::ExtendedDesktopSize)
                               .u8(255).zeros(3).u32(42).zeros(255 * 16 - 4).bytes), "");
  EXPECT_EQ(journal.report.screen->id, 42u);
  EXPECT_EQ(journal.report.cause, SizeReport::Cause::OtherClient);

  ASSERT_EQ(feed(messages, pseudo(9, 0, 99, 98, Encoding::ExtendedDesktopSize).zeros(4).bytes), "");
  EXPECT_FALSE(journal.report.screen);
  EXPECT_EQ(journal.report.cause, SizeReport::Cause::Server);
}

TEST(ServerMessages, KeepsItsSizeWhenAWishIsRefused) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(1, 3, 0, 0, Encoding::ExtendedDesktopSize).zeros(4).bytes), "");
  EXPECT_EQ(journal.report.size, journal.size);
  EXPECT_EQ(journal.report.status, 3);
}

TEST(ServerMessages, SkipsEndlessTextWithoutKeepingIt) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_TRUE(messages.take(ServerBytes().u8(3).zeros(3).u32(0x7fffffff).bytes));
  const Octets part(1 << 20, 'x');
  for (int i = 0; i < 2047; ++i) ASSERT_EQ(*messages.take(part), part.size());
  EXPECT_EQ(feed(messages, Octets((1 << 20) - 1, 'x')), "");
  EXPECT_EQ(journal.messages, 1);

  EXPECT_EQ(feed(messages, pseudo(0, 0, 0, 0, Encoding::DesktopName).u32(5000).zeros(5000).bytes), "");
}

TEST(ServerMessages, TellsTheExtendedClipboardByItsNegativeLength) {
  Journal journal;
  ServerMessages messages(journal);
  EXPECT_EQ(feed(messages, ServerBytes().u8(3).zeros(3).u32(0xfffffffc).u32(0x08000001).bytes), "");
  EXPECT_EQ(journal.words.back(), "extended cut text of 4 bytes");

  // The most negative one, too, is only skipped.
  ASSERT_TRUE(messages.take(ServerBytes().u8(3).zeros(3).u32(0x80000000).bytes));
  const Octets part(1 << 20, 'x');
  for (int i = 0; i < 2048; ++i) ASSERT_EQ(*messages.take(part), part.size());
  EXPECT_EQ(journal.messages, 2);
}

TEST(ServerMessages, RefusesLongFences) {
  EXPECT_EQ(failure(ServerBytes().fence(0, std::string(64, 'x'))), "");
  EXPECT_NE(failure(ServerBytes().fence(0, std::string(65, 'x'))), "");
}

TEST(ServerMessages, ReadsAPointerWithItsMask) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(9, 9, 2, 2, Encoding::Cursor)
                               .pixel(0xff0000).pixel(1).pixel(2).pixel(0x0000ff).u8(0x80).u8(0x40)
                               .bytes), "");
  EXPECT_THAT(journal.cursor.pixels, ElementsAre(0xffff0000, 0u, 0u, 0xff0000ff));
  EXPECT_EQ(journal.cursor.hotspot, (surface::GuestPoint{1, 1})) << "pulled inside";
}

TEST(ServerMessages, ReadsAPointerOfTwoColours) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(0, 0, 3, 1, Encoding::XCursor)
                               .u8(255).u8(0).u8(0).u8(0).u8(0).u8(255).u8(0x80).u8(0xc0).bytes), "");
  EXPECT_THAT(journal.cursor.pixels, ElementsAre(0xffff0000, 0xff0000ff, 0u));
}

TEST(ServerMessages, ReadsAPointerWithAlpha) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(0, 0, 2, 1, Encoding::CursorWithAlpha)
                               .u32(0).u8(64).u8(32).u8(0).u8(128).zeros(4).bytes), "");
  EXPECT_THAT(journal.cursor.pixels, ElementsAre(0x80804000, 0u)) << "straight alpha";

  ASSERT_EQ(feed(messages, pseudo(0, 0, 64, 32, Encoding::QemuPointerMotion).bytes), "");
  ASSERT_EQ(feed(messages, pseudo(0, 0, 1, 1, Encoding::CursorWithAlpha)
                               .u32(0).u8(1).u8(2).u8(3).u8(255).bytes), "");
  EXPECT_THAT(journal.cursor.pixels, ElementsAre(0xff030201)) << "QEMU's order";
  EXPECT_EQ(journal.words.back(), "ended");
}

TEST(ServerMessages, HidesThePointer) {
  for (const Encoding e : {Encoding::Cursor, Encoding::XCursor}) {
    Journal journal;
    ServerMessages messages(journal);
    ASSERT_EQ(feed(messages, pseudo(0, 0, 0, 0, e).bytes), "");
    EXPECT_TRUE(journal.cursor.hidden());
  }
}

TEST(ServerMessages, PassesOverAPointerThatIsTooLargeToDraw) {
  Journal journal;
  ServerMessages messages(journal);
  ASSERT_EQ(feed(messages, pseudo(0, 0, 257, 1, Encoding::Cursor).zeros(257 * 4 + 33).bytes), "");
  EXPECT_THAT(journal.words, ElementsAre("began", "ended"));
  EXPECT_NE(failure(pseudo(0, 0, 65535, 65535, Encoding::Cursor)), "");
  EXPECT_NE(failure(pseudo(0, 0, 1, 1, Encoding::CursorWithAlpha).u32(7).zeros(4)), "");
}

TEST(ServerMessages, StopsWhileThereIsNoCanvas) {
  Journal journal;
  ServerMessages messages(journal);
  journal.refuse = true;
  const Octets bytes = ServerBytes().update(1).rect(0, 0, 2, 1, Encoding::Raw).pixel(1).pixel(2).u8(2).bytes;

  const auto used = messages.take(bytes);
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, 16u);
  EXPECT_TRUE(messages.blocked());
  std::vector<iovec> pieces;
  EXPECT_EQ(messages.direct(10, pieces), 0u);

  journal.refuse = false;
  ASSERT_EQ(feed(messages, Octets(bytes.begin() + 16, bytes.end())), "");
  EXPECT_FALSE(messages.blocked());
  EXPECT_EQ(journal.messages, 2);
}

TEST(ServerMessages, ReadsRawPixelsStraightIntoThePicture) {
  Journal journal;
  ServerMessages messages(journal);
  std::vector<iovec> pieces;
  EXPECT_EQ(messages.readAhead(), 16u) << "an update's header and a rectangle's";
  ASSERT_EQ(feed(messages, ServerBytes().update(2).rect(0, 0, 64, 2, Encoding::Raw).bytes), "");

  ASSERT_EQ(messages.direct(10, pieces), std::size_t{64 * 2 * 4});
  EXPECT_EQ(messages.readAhead(), 12u) << "the next rectangle's header";
  messages.landed(200);
  pieces.clear();
  ASSERT_EQ(messages.direct(10, pieces), std::size_t{64 * 2 * 4 - 200});
  messages.landed(64 * 2 * 4 - 200);

  EXPECT_THAT(journal.words, ElementsAre("began", "painted 0,0 64x2"));
  ASSERT_EQ(feed(messages, ServerBytes().rect(0, 0, 1, 1, Encoding::Tight).bytes), "");
  EXPECT_EQ(messages.readAhead(), ServerMessages::kUnlimited) << "compressed pixels are read in bulk";
}

}  // namespace
}  // namespace lucarne::relay::rfb
