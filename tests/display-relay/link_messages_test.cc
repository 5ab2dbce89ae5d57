// SPDX-License-Identifier: Apache-2.0
#include "display-relay/link_messages.h"

#include <gtest/gtest.h>

namespace lucarne::relay {
namespace {

using surface::GuestPoint;
using surface::Transition;

surface::Cursor arrow() {
  surface::Cursor cursor;
  cursor.size = {5, 3};
  cursor.hotspot = {4, 2};
  for (std::uint32_t i = 0; i < 15; ++i) cursor.pixels.push_back(0xff000000u + i * 7);
  return cursor;
}

std::vector<GuestMessage> guestMessages() {
  return {PhaseTold{surface::Phase::Lost, "gone"}, TitleTold{"Guest"}, LedsTold{3}, arrow(),
          surface::Cursor{}, CursorMovedTold{{300, 4000}}, CopiedTold{"über"}};
}

std::vector<PanelMessage> panelMessages() {
  const std::vector<InputStep> steps = {
      LiftAll{},
      surface::InputEvent(surface::PointerMoved{{1, 16383}}),
      surface::InputEvent(surface::PointerNudged{-5, 70000}),
      surface::InputEvent(surface::PointerButton{0x110, Transition::Pressed}),
      surface::InputEvent(surface::Wheel{-120, 15}),
      surface::InputEvent(surface::Key{0x2ff, Transition::Released}),
      surface::InputEvent(surface::Touch{15, surface::TouchPhase::Moved, {7, 8}, true})};
  return {SizeWanted{{800, 600}}, AttentionTold{false}, InputTold{steps}, ClipboardOffered{"zwei\nZeilen"}};
}

template <typename Message>
std::vector<std::uint8_t> encoded(const Message& message) {
  std::vector<std::uint8_t> bytes;
  encodeMessage(message, bytes);
  return bytes;
}

TEST(LinkMessages, ArriveAsTheyWereSent) {
  for (const GuestMessage& message : guestMessages()) {
    const auto parsed = parseGuestMessage(encoded(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message);
  }
  for (const PanelMessage& message : panelMessages()) {
    const auto parsed = parsePanelMessage(encoded(message));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(encoded(*parsed), encoded(message));
  }
}

TEST(LinkMessages, AreAsLongAsTheTableSays) {
  EXPECT_EQ(encoded(GuestMessage(PhaseTold{surface::Phase::Live, "ab"})).size(), 4u);
  EXPECT_EQ(encoded(GuestMessage(LedsTold{1})).size(), 2u);
  EXPECT_EQ(encoded(GuestMessage(surface::Cursor{})).size(), 9u);
  EXPECT_EQ(encoded(GuestMessage(CursorMovedTold{})).size(), 5u);
  EXPECT_EQ(encoded(PanelMessage(SizeWanted{{1, 1}})).size(), 5u);
  EXPECT_EQ(encoded(PanelMessage(AttentionTold{})).size(), 2u);
  // The type, and 1 + 5 + 9 + 4 + 9 + 4 + 7 bytes of steps.
  EXPECT_EQ(encoded(panelMessages()[2]).size(), 40u);
}

TEST(LinkMessages, TextsMayBeCutAnywhereButNothingElse) {
  for (const PanelMessage& message : panelMessages()) {
    const std::vector<std::uint8_t> bytes = encoded(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto parsed = parsePanelMessage(base::Bytes(bytes).first(length));
      // A list of events may end behind any event, a text behind any character.
      if (parsed) {
        EXPECT_TRUE(std::holds_alternative<InputTold>(*parsed) ||
                    std::holds_alternative<ClipboardOffered>(*parsed))
            << length;
      }
    }
  }
  const std::vector<std::uint8_t> cursor = encoded(GuestMessage(arrow()));
  for (std::size_t length = 0; length < cursor.size(); ++length) {
    EXPECT_FALSE(parseGuestMessage(base::Bytes(cursor).first(length))) << length;
  }
}

TEST(LinkMessages, AreRefusedOneBeyondEachBound) {
  const auto refusedByGuest = [](std::vector<std::uint8_t> b) { return !parsePanelMessage(b); };
  const auto refusedByPanel = [](std::vector<std::uint8_t> b) { return !parseGuestMessage(b); };

  EXPECT_TRUE(refusedByPanel({1, 3}));                             // no such phase
  EXPECT_TRUE(refusedByPanel({3, 1, 0}));                          // a byte too many
  EXPECT_TRUE(refusedByPanel({4, 1, 1, 1, 0, 0, 0, 0, 0}));        // 257 wide
  EXPECT_TRUE(refusedByPanel({4, 1, 0, 1, 0, 1, 0, 0, 0}));        // the point outside
  EXPECT_TRUE(refusedByPanel({5, 0, 0x40, 0, 0}));                 // x = 16384
  EXPECT_TRUE(refusedByPanel({6}));
  EXPECT_TRUE(refusedByPanel({}));
  EXPECT_TRUE(refusedByGuest({17, 1, 0}));                         // a digest cut short
  EXPECT_TRUE(refusedByGuest({17, 64, 0, 64, 0, 1, 2, 3}));        // a hash cut short
  EXPECT_TRUE(refusedByGuest({18, 0, 0, 1, 0}));                   // 0 wide
  EXPECT_TRUE(refusedByGuest({19, 2}));
  EXPECT_TRUE(refusedByGuest({20, 1, 0, 0x40, 0, 0}));             // x = 16384
  EXPECT_TRUE(refusedByGuest({20, 3, 0x18, 1, 1}));                // button 0x118
  EXPECT_TRUE(refusedByGuest({20, 5, 0, 3, 1}));                   // key 0x300
  EXPECT_TRUE(refusedByGuest({20, 5, 30, 0, 2}));                  // neither pressed nor released
  EXPECT_TRUE(refusedByGuest({20, 6, 16, 0, 0, 0, 0, 0}));         // slot 16
  EXPECT_TRUE(refusedByGuest({20, 6, 0, 4, 0, 0, 0, 0}));          // phase 4
  EXPECT_TRUE(refusedByGuest({20, 7}));
}

TEST(LinkMessages, WordsAreCleaned) {
  const auto parsed = parseGuestMessage(encoded(GuestMessage(TitleTold{"a\x1b[31mb"})));

  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<TitleTold>(*parsed).title, "a?[31mb");
}

}  // namespace
}  // namespace lucarne::relay
