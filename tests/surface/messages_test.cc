// SPDX-License-Identifier: Apache-2.0
#include "surface/messages.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "surface/frame.h"

namespace lucarne::surface::message {
namespace {

using Packet = std::vector<std::uint8_t>;

constexpr auto kPressed = Transition::Pressed;

std::vector<Rect> manyRects(std::size_t count) {
  std::vector<Rect> rects;
  for (std::size_t i = 0; i < count; ++i) rects.push_back({static_cast<int>(i) * 10, 5, 9, 7});
  return rects;
}

constexpr std::uint32_t kXr24 = 0x34325258;  // DRM_FORMAT_XRGB8888
constexpr std::uint64_t kTiled = 0x0100000000000004;

DmabufLayout rowsOf(Size size) {
  return {size, Rect::of(size), {kXr24, kModifierLinear}, false,
          {{0, static_cast<std::uint32_t>(size.width) * 4}}};
}

// As a compressed picture has them.
DmabufLayout fourPlanes() {
  return {{640, 480}, {10, 20, 600, 400}, {kXr24, kTiled}, true,
          {{0, 2560}, {1 << 20, 64}, {2 << 20, 0}, {0xffffffff, 1 << 20}}};
}

std::vector<ToKiosk> everyToKiosk() {
  return {Hello{kVersion, "work-vm"},
          Hello{kVersion, std::string(kNameBytes, 'n')},
          Buffer{3, {1280, 800}, 5120},
          Buffer{0, {1, 1}, 64},
          Forget{2},
          Commit{0xfffffffe, 1, manyRects(1)},
          Commit{7, 0, manyRects(Damage::kMaxRects)},
          Commit{7, 0, {}},
          Commit{1, 0, {{0, 0, kMaxSide, kMaxSide}}},
          CursorShape{{256, 256}, {255, 0}},
          CursorShape{},
          CursorMoved{{kMaxSide - 1, 0}},
          PhaseChanged{Phase::Lost, "connection refused; trying again"},
          TitleChanged{std::string(kTextBytes, 't')},
          TitleChanged{},
          LedsChanged{7},
          Pong{0xdeadbeef},
          Clipboard{"über\n\ttwo lines"},
          DmabufBuffer{3, rowsOf({1280, 800})},
          DmabufBuffer{0, fourPlanes()},
          PathChanged{PicturePath::SharedMemory},
          PathChanged{PicturePath::DmabufCopy}};
}

std::vector<ToRelay> everyToRelay() {
  return {Welcome{},
          Welcome{kVersion, {{kXr24, kModifierUnsaid}, {kXr24, kTiled}}},
          Welcome{kVersion, std::vector<DmabufFormat>(kMaxFormats)},
          Refused{"the kiosk has 16 guests already"},
          Release{0xffffffff},
          Input{PointerMoved{{kMaxSide - 1, 3}}},
          Input{PointerNudged{-300, INT32_MAX}},
          Input{PointerButton{0x117, kPressed}},
          Input{Wheel{-120, INT32_MIN}},
          Input{Key{kMaxEvdevCode, Transition::Released}},
          Input{Touch{15, TouchPhase::Cancelled, {0, 0}, false}},
          Input{Touch{0, TouchPhase::Down, {100, 200}, true}},
          Focus{true},
          Focus{false},
          WantedSize{{800, 1280}},
          Attention{true},
          Ping{1},
          Clipboard{"x"},
          Unread{0x80000001, "another card's memory"},
          Unread{}};
}

TEST(Messages, ToTheKioskComeBackAsTheyWere) {
  for (const ToKiosk& message : everyToKiosk()) {
    const auto parsed = parseToKiosk(encode(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message) << message.index();
  }
}

TEST(Messages, ToTheRelayComeBackAsTheyWere) {
  for (const ToRelay& message : everyToRelay()) {
    const auto parsed = parseToRelay(encode(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message) << message.index();
  }
}

TEST(Messages, RefuseEveryTruncationAndEveryByteTooMany) {
  const auto check = [](Packet packet, auto parse) {
    ASSERT_LE(packet.size(), kMaxBytes);
    for (std::size_t length = 0; length < packet.size(); ++length) {
      ASSERT_FALSE(parse(base::Bytes(packet).first(length))) << length;
    }
    packet.push_back(0);
    ASSERT_FALSE(parse(packet));
  };
  for (const ToKiosk& message : everyToKiosk()) check(encode(message), parseToKiosk);
  for (const ToRelay& message : everyToRelay()) check(encode(message), parseToRelay);
}

TEST(Messages, OfTheOtherDirectionAreRefused) {
  for (const ToKiosk& message : everyToKiosk()) EXPECT_FALSE(parseToRelay(encode(message)));
  for (const ToRelay& message : everyToRelay()) EXPECT_FALSE(parseToKiosk(encode(message)));
}

TEST(Messages, CarryAClipboardOfUpToSixtyFourKibibytesAndNoMore) {
  const Clipboard longest{std::string(kMaxClipboardBytes, 'c')};
  Packet packet = encode(ToRelay(longest));
  ASSERT_EQ(packet.size(), kMaxBytes);
  ASSERT_TRUE(parseToRelay(packet));
  EXPECT_EQ(std::get<Clipboard>(*parseToRelay(packet)), longest);

  packet.push_back('c');
  packet[4] += 1;  // the length: one too many

  EXPECT_FALSE(parseToRelay(packet));
}

TEST(Messages, RefuseAClipboardThatIsNoText) {
  for (const std::string_view bad : {std::string_view("\xff"), std::string_view("a\0b", 3),
                                     std::string_view("\xed\xa0\x80"), std::string_view("\xc3"),
                                     std::string_view()}) {
    Packet packet{11, 0, 0, 0, static_cast<std::uint8_t>(bad.size()), 0, 0, 0};
    packet.insert(packet.end(), bad.begin(), bad.end());
    EXPECT_FALSE(parseToKiosk(packet));
  }
}

// Layout, by hand, for other programs that may speak this.
TEST(Messages, AreTheBytesOfTheTable) {
  EXPECT_EQ(encode(ToKiosk(Buffer{2, {0x0500, 0x0320}, 0x1400})),
            (Packet{2, 0, 0, 0, 2, 1, 0x00, 0x05, 0x20, 0x03, 0, 0, 0x00, 0x14, 0, 0}));
  EXPECT_EQ(encode(ToRelay(Input{Key{0x1d, kPressed}})),
            (Packet{68, 0, 0, 0, 5, 1, 0x1d, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(encode(ToRelay(Input{Touch{3, TouchPhase::Moved, {1, 2}, true}})),
            (Packet{68, 0, 0, 0, 6, 0x81, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0}));
  EXPECT_EQ(encode(ToRelay(Release{0x01020304})), (Packet{67, 0, 0, 0, 4, 3, 2, 1}));
  EXPECT_EQ(encode(ToRelay(WantedSize{{800, 1280}})), (Packet{70, 0, 0, 0, 0x20, 3, 0, 5}));
  EXPECT_EQ(encode(ToRelay(Welcome{2, {{kXr24, 5}}})),
            (Packet{65, 0, 0, 0, 2, 0, 1, 0, 'X', 'R', '2', '4', 5, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(encode(ToKiosk(PathChanged{PicturePath::DmabufCopy})),
            (Packet{13, 0, 0, 0, 1, 0, 0, 0}));
  DmabufLayout layout = rowsOf({16, 8});
  layout.picture = {1, 2, 3, 4};
  layout.bottomUp = true;
  layout.planes[0].offset = 256;
  const Packet dmabuf = encode(ToKiosk(DmabufBuffer{2, layout}));
  ASSERT_EQ(dmabuf.size(), 64u);
  EXPECT_EQ(Packet(dmabuf.begin(), dmabuf.begin() + 41),
            (Packet{12, 0, 0, 0, 2, 1, 1, 0, 'X', 'R', '2', '4', 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 8, 0,
                    1, 0, 2, 0, 3, 0, 4, 0, 0, 1, 0, 0, 64, 0, 0, 0, 0}));
  const Packet hello = encode(ToKiosk(Hello{1, "vm"}));
  ASSERT_EQ(hello.size(), 76u);
  EXPECT_EQ(Packet(hello.begin(), hello.begin() + 15),
            (Packet{1, 0, 0, 0, 'L', 'U', 'C', 'S', 1, 0, 0, 0, 'v', 'm', 0}));
  const Packet commit = encode(ToKiosk(Commit{9, 1, {{1, 2, 3, 4}}}));
  ASSERT_EQ(commit.size(), 268u);
  EXPECT_EQ(Packet(commit.begin(), commit.begin() + 22),
            (Packet{4, 0, 0, 0, 9, 0, 0, 0, 1, 1, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0}));
}

// One byte of a good packet changed so that one field is one past its bound.
struct Bad {
  const char* what;
  Packet packet;
};

Packet with(Packet packet, std::size_t offset, std::vector<std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), packet.begin() + static_cast<std::ptrdiff_t>(offset));
  return packet;
}

TEST(Messages, ToTheKioskRefuseEachFieldOnePastItsBound) {
  const Packet hello = encode(ToKiosk(Hello{1, "vm"}));
  const Packet buffer = encode(ToKiosk(Buffer{0, {1280, 800}, 5120}));
  const Packet commit = encode(ToKiosk(Commit{1, 0, {{0, 0, 10, 10}}}));
  const Packet cursor = encode(ToKiosk(CursorShape{{16, 16}, {3, 3}}));
  const Packet moved = encode(ToKiosk(CursorMoved{{1, 1}}));
  const Packet phase = encode(ToKiosk(PhaseChanged{Phase::Live, "x"}));
  const Packet dmabuf = encode(ToKiosk(DmabufBuffer{0, rowsOf({1280, 800})}));
  const Packet planes = encode(ToKiosk(DmabufBuffer{0, fourPlanes()}));
  const std::vector<Bad> all = {
      {"dmabuf slot", with(dmabuf, 4, {kSlots})},
      {"no plane", with(dmabuf, 5, {0})},
      {"rows in two planes", with(dmabuf, 5, {2})},
      {"five planes", with(planes, 5, {5})},
      {"an uncounted plane", with(planes, 5, {3})},
      {"dmabuf flag", with(dmabuf, 6, {2})},
      {"dmabuf reserved", with(dmabuf, 7, {1})},
      {"fourcc", with(dmabuf, 8, {'Y'})},
      {"dmabuf width", with(dmabuf, 20, {0x01, 0x40})},
      {"dmabuf without height", with(dmabuf, 22, {0, 0})},
      {"a picture too far right", with(dmabuf, 24, {1})},
      {"a picture too far down", with(dmabuf, 26, {1})},
      {"an empty picture", with(dmabuf, 28, {0, 0})},
      {"dmabuf stride shorter than a row", with(dmabuf, 36, {0xff, 0x13})},
      {"dmabuf stride beyond reason", with(dmabuf, 36, {1, 0, 0x10, 0})},
      {"tiles without a stride", with(planes, 36, {0, 0})},
      {"a plane's stride beyond reason", with(planes, 60, {1, 0, 0x10, 0})},
      {"path", with(encode(ToKiosk(PathChanged{})), 4, {2})},
      {"path reserved", with(encode(ToKiosk(PathChanged{})), 5, {1})},
      {"type", with(hello, 0, {11})},
      {"type 0", with(hello, 0, {0})},
      {"type high byte", with(hello, 1, {1})},
      {"reserved", with(hello, 2, {1})},
      {"magic", with(hello, 4, {'l'})},
      {"text after its end", with(hello, 12 + 20, {'x'})},
      {"slot", with(buffer, 4, {kSlots})},
      {"format", with(buffer, 5, {2})},
      {"width", with(buffer, 6, {0x01, 0x40})},  // kMaxSide + 1
      {"no width", with(buffer, 6, {0, 0})},
      {"height", with(buffer, 8, {0x01, 0x40})},
      {"too many pixels", with(with(buffer, 6, {0x00, 0x40}), 8, {0x00, 0x40})},
      {"stride shorter than a row", with(buffer, 12, {0xfc, 0x13})},
      {"stride of half pixels", with(buffer, 12, {0x02, 0x14})},
      {"stride beyond reason", with(buffer, 12, {0, 0, 0, 1})},
      {"commit slot", with(commit, 8, {kSlots})},
      {"too many rectangles", with(commit, 9, {Damage::kMaxRects + 1})},
      {"an empty rectangle", with(commit, 16, {0, 0})},
      {"a rectangle too far right", with(commit, 12, {0xf7, 0x3f})},
      {"a rectangle too far down", with(commit, 14, {0xf7, 0x3f})},
      {"an uncounted rectangle", with(commit, 20, {1})},
      {"cursor width", with(cursor, 4, {1, 1})},
      {"cursor without height", with(cursor, 6, {0, 0})},
      {"hot spot right of it", with(cursor, 8, {16})},
      {"hot spot below it", with(cursor, 10, {16})},
      {"hidden with a hot spot", with(with(cursor, 4, {0, 0, 0, 0}), 8, {1})},
      {"pointer beyond any picture", with(moved, 4, {0, 0x40})},
      {"phase", with(phase, 4, {3})},
      {"phase reserved", with(phase, 5, {1})},
      {"leds", with(encode(ToKiosk(LedsChanged{1})), 4, {8})},
      {"forget slot", with(encode(ToKiosk(Forget{1})), 4, {kSlots})}};

  for (const Bad& bad : all) EXPECT_FALSE(parseToKiosk(bad.packet)) << bad.what;
}

TEST(Messages, ToTheRelayRefuseEachFieldOnePastItsBound) {
  const Packet moved = encode(ToRelay(Input{PointerMoved{{1, 1}}}));
  const Packet button = encode(ToRelay(Input{PointerButton{0x110, kPressed}}));
  const Packet key = encode(ToRelay(Input{Key{30, kPressed}}));
  const Packet touch = encode(ToRelay(Input{Touch{0, TouchPhase::Down, {1, 1}, true}}));
  const Packet wanted = encode(ToRelay(WantedSize{{800, 600}}));
  const std::vector<Bad> all = {
      {"kind 0", with(key, 4, {0})},
      {"kind", with(key, 4, {7})},
      {"transition", with(key, 5, {2})},
      {"key 0", with(key, 6, {0, 0})},
      {"key code", with(key, 6, {0x00, 0x03})},
      {"a key with a place", with(key, 8, {1})},
      {"button code", with(button, 6, {0x18, 0x01})},
      {"button code below", with(button, 6, {0x0f, 0x01})},
      {"x", with(moved, 8, {0, 0x40})},
      {"negative y", with(moved, 12, {0xff, 0xff, 0xff, 0xff})},
      {"a move with a code", with(moved, 6, {1})},
      {"touch slot", with(touch, 6, {kMaxTouchSlots})},
      {"touch phase", with(touch, 5, {4})},
      {"touch x", with(touch, 8, {0, 0x40})},
      {"no wanted width", with(wanted, 4, {0, 0})},
      {"wanted width", with(wanted, 4, {1, 0x40})},
      {"focus", with(encode(ToRelay(Focus{true})), 4, {2})},
      {"attention", with(encode(ToRelay(Attention{true})), 4, {2})},
      {"reserved", with(encode(ToRelay(Ping{1})), 2, {1})}};

  for (const Bad& bad : all) EXPECT_FALSE(parseToRelay(bad.packet)) << bad.what;
}

TEST(Messages, CutLongTextAtACharacterAndCleanIt) {
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xe2\x82\xac";
    return text;
  }();

  const auto parsed = parseToKiosk(encode(ToKiosk(TitleChanged{euros})));
  const auto dirty = parseToKiosk(encode(ToKiosk(TitleChanged{"a\x1b[0m"})));

  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<TitleChanged>(*parsed).title, euros.substr(0, 255));
  ASSERT_TRUE(dirty);
  EXPECT_EQ(std::get<TitleChanged>(*dirty).title, "a?[0m");
}

TEST(Messages, CleanTextOfAHostilePeer) {
  Packet packet = encode(ToKiosk(TitleChanged{"abc"}));
  packet[5] = 0x1b;
  packet[6] = 0xff;

  const auto parsed = parseToKiosk(packet);

  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<TitleChanged>(*parsed).title, "a??");
}

}  // namespace
}  // namespace lucarne::surface::message
