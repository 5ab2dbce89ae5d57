// SPDX-License-Identifier: Apache-2.0
#include "surface/panel_messages.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace lucarne::surface::panel {
namespace {

const ToKiosk kAll[] = {
    Hello{{1280, 800}},
    Placed{{1279, 0}},
    Nudged{-3, 32767},
    PointerButton{BTN_LEFT, Transition::Pressed},
    Wheel{0, -120},
    Key{KEY_POWER, Transition::Released},
    Touched{15, TouchPhase::Cancelled, {7, 9}},
    End{},
    Reset{},
    Asked{Action::Screenshot},
};

TEST(PanelMessages, ComeBackAsTheyWere) {
  for (const ToKiosk& message : kAll) {
    const auto parsed = parseToKiosk(encode(message));
    ASSERT_TRUE(parsed) << message.index();
    EXPECT_EQ(*parsed, message);
  }
  for (const Rotation rotation : kRotations) {
    const auto parsed = parseToBroker(encode(Turned{rotation}));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->rotation, rotation);
  }
}

TEST(PanelMessages, RefuseEveryTruncationAndEveryTail) {
  for (const ToKiosk& message : kAll) {
    const PacketBytes packet = encode(message);
    for (std::size_t length = 0; length < packet.size(); ++length) {
      EXPECT_FALSE(parseToKiosk(base::Bytes(packet).first(length)));
    }
    std::vector<std::uint8_t> longer(packet.begin(), packet.end());
    longer.push_back(0);
    EXPECT_FALSE(parseToKiosk(longer));
  }
}

// u16 type, u8 step, u8 zero, u16 code, u16 zero, i32 a, i32 b
PacketBytes packet(int type, int step, int code, std::int32_t a, std::int32_t b) {
  std::vector<std::uint8_t> bytes;
  base::ByteWriter(bytes).u16(static_cast<std::uint16_t>(type)).u8(static_cast<std::uint8_t>(step))
      .u8(0).u16(static_cast<std::uint16_t>(code)).u16(0).i32(a).i32(b);
  PacketBytes out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

TEST(PanelMessages, RefuseFieldsThatCannotBe) {
  const PacketBytes wrong[] = {
      packet(0, 0, 0, 0, 0),
      packet(11, 0, 0, 0, 0),
      packet(1, 0, 1, 0, 1280 | 800 << 16),                               // no magic
      packet(1, 0, 1, static_cast<std::int32_t>(kMagic), 0),              // no panel
      packet(2, 0, 0, 32768, 0),                                          // beyond any panel
      packet(3, 0, 0, 0, INT32_MIN),                                      // no hand
      packet(4, 2, BTN_LEFT, 0, 0),                                       // no transition
      packet(4, 1, KEY_A, 0, 0),                                          // no button
      packet(6, 1, 0x300, 0, 0),                                          // no key
      packet(6, 1, KEY_A, 1, 0),                                          // what is not used
      packet(7, 4, 0, 0, 0),                                              // no phase
      packet(7, 0, kMaxTouchSlots, 0, 0),                                 // no slot
      packet(8, 0, 0, 1, 0),
      packet(9, 1, 0, 0, 0),
      packet(10, 0, 0, 0, 0),
      packet(10, 0, 6, 0, 0),
      packet(65, 0, 90, 0, 0),                                            // for the other one
  };

  for (const PacketBytes& p : wrong) EXPECT_FALSE(parseToKiosk(p)) << int{p[0]};
  EXPECT_FALSE(parseToBroker(packet(65, 0, 45, 0, 0)));
  EXPECT_FALSE(parseToBroker(packet(65, 0, 90, 1, 0)));
  EXPECT_FALSE(parseToBroker(packet(8, 0, 0, 0, 0)));
}

}  // namespace
}  // namespace lucarne::surface::panel
