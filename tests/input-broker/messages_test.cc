// SPDX-License-Identifier: Apache-2.0
#include "input-broker/messages.h"

#include <gtest/gtest.h>

namespace lucarne::input::message {
namespace {

Description panel() {
  Description d{.name = "Panel", .bus = BUS_I2C, .vendor = 1, .product = 2, .version = 3};
  d.properties.set(INPUT_PROP_DIRECT);
  d.keys.set(BTN_TOUCH);
  d.axes = {{ABS_MT_SLOT, 0, 9, 0, 0, 0},
            {ABS_MT_POSITION_X, 0, 1279, 1, 2, 8},
            {ABS_MT_POSITION_Y, -5, 799, 0, 0, 8},
            {ABS_MT_TRACKING_ID, 0, 65535, 0, 0, 0}};
  return d;
}

std::vector<Message> examples() {
  return {Hello{},
          Device{63, panel()},
          Gone{3},
          Frame{1, 1000, {{EV_REL, REL_X, -5}, {EV_KEY, KEY_A, 1}}},
          Ready{},
          Leds{2, 5}};
}

std::vector<std::uint8_t> bytesOf(const Message& message) {
  std::vector<std::uint8_t> bytes;
  encode(message, bytes);
  return bytes;
}

TEST(InputMessages, ComeBackAsTheyWere) {
  for (const Message& message : examples()) {
    const auto parsed = parse(bytesOf(message));

    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, message);
  }
}

TEST(InputMessages, AreRefusedWhenTruncated) {
  for (const Message& message : examples()) {
    const auto bytes = bytesOf(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(parse(base::Bytes(bytes).first(length))) << length;
    }
  }
}

TEST(InputMessages, AreRefusedWhenTooLong) {
  for (const Message& message : examples()) {
    auto bytes = bytesOf(message);
    bytes.push_back(0);

    EXPECT_FALSE(parse(bytes));
  }
}

TEST(InputMessages, OfALaterVersionAreUnknown) {
  const auto parsed = parse(std::vector<std::uint8_t>{99, 1, 2, 3});

  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, Message(Unknown{99}));
}

TEST(InputMessages, RefuseADeviceWithTooManySlots) {
  Device device{0, panel()};
  device.description.axes[0].maximum = 65534;

  const auto parsed = parse(bytesOf(device));

  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "device: 65535 slots; 256 at most");
}

TEST(InputMessages, RefuseAnAxisWhoseEndIsBeforeItsStart) {
  Device device{0, panel()};
  device.description.axes[1].maximum = -1;

  EXPECT_FALSE(parse(bytesOf(device)));
}

TEST(InputMessages, RefuseAxesOutOfOrder) {
  Device device{0, panel()};
  std::swap(device.description.axes[1], device.description.axes[2]);

  EXPECT_FALSE(parse(bytesOf(device)));
}

TEST(InputMessages, RefuseADeviceNumberBeyondTheLast) {
  EXPECT_FALSE(parse(bytesOf(Device{64, panel()})));
  EXPECT_FALSE(parse(bytesOf(Frame{64, 0, {}})));
}

TEST(InputMessages, RefuseAFrameThatClaimsMoreThanIsThere) {
  auto bytes = bytesOf(Frame{1, 0, {{EV_KEY, KEY_A, 1}}});
  bytes[6] = 0xff;
  bytes[7] = 0xff;

  EXPECT_FALSE(parse(bytes));
}

}  // namespace
}  // namespace lucarne::input::message
