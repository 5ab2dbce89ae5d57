// SPDX-License-Identifier: Apache-2.0
#include "link/framing.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace lucarne::link {
namespace {

constexpr std::uint32_t kSalt = 0x12345678;

std::vector<std::uint8_t> frameOf(std::string_view text, FrameHead head = {},
                                  std::uint32_t salt = kSalt) {
  std::vector<std::uint8_t> frame(kFrameHeader);
  frame.insert(frame.end(), text.begin(), text.end());
  sealFrame(frame, head, salt);
  return frame;
}

struct Seen : FrameParser::Receiver {
  void onFrame(const FrameView& frame) override {
    heads.push_back(frame.head);
    texts.emplace_back(frame.payload.begin(), frame.payload.end());
    byCandidate.push_back(frame.byCandidate);
  }
  void onDamagedFrame() override { ++damaged; }
  std::vector<FrameHead> heads;
  std::vector<std::string> texts;
  std::vector<bool> byCandidate;
  int damaged = 0;
};

struct Receiving {
  Receiving() { parser.setSalts(kSalt, std::nullopt); }
  void feed(base::Bytes bytes) { parser.feed(bytes, seen); }
  FrameParser parser;
  Seen seen;
};

TEST(Crc32c, GivesThePublishedValues) {
  // RFC 3720, appendix B.4.
  const std::vector<std::uint8_t> zeros(32, 0);
  const std::vector<std::uint8_t> ones(32, 0xFF);
  const std::string_view digits = "123456789";

  EXPECT_EQ(crc32c(0, zeros), 0x8A9136AAu);
  EXPECT_EQ(crc32c(0, ones), 0x62A8AB43u);
  EXPECT_EQ(crc32c(0, {reinterpret_cast<const std::uint8_t*>(digits.data()), 9}), 0xE3069283u);
}

TEST(Crc32c, TheInstructionAgreesWithTheTableAtEveryLengthAndStart) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(300);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());

  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t length = 0; start + length <= bytes.size(); ++length) {
      const base::Bytes part = base::Bytes(bytes).subspan(start, length);
      ASSERT_EQ(crc32c(length * 7919, part), crc32cByTable(length * 7919, part));
    }
  }
}

TEST(Framing, CarriesEveryFieldThrough) {
  Receiving end;

  end.feed(frameOf(
      "hello",
      {.kind = FrameKind::Data, .more = true, .channel = Channel::Streams, .sequence = 0xBEEF}));

  ASSERT_EQ(end.seen.texts, std::vector<std::string>{"hello"});
  EXPECT_EQ(end.seen.heads[0].kind, FrameKind::Data);
  EXPECT_TRUE(end.seen.heads[0].more);
  EXPECT_EQ(end.seen.heads[0].channel, Channel::Streams);
  EXPECT_EQ(end.seen.heads[0].sequence, 0xBEEF);
}

TEST(Framing, CostsTwelveBytes) { EXPECT_EQ(frameOf("").size(), 12u); }

TEST(Framing, CarriesTheLongestAndTheEmptyPayload) {
  Receiving end;
  const std::string longest(kMaxPayload, 'z');

  end.feed(frameOf(longest));
  end.feed(frameOf(""));

  EXPECT_EQ(end.seen.texts, (std::vector<std::string>{longest, ""}));
}

TEST(Framing, WaitsAtEveryTruncationAndGoesOnWithTheRest) {
  const auto frame = frameOf("some words");
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    Receiving end;

    end.feed(base::Bytes(frame).first(cut));
    ASSERT_TRUE(end.seen.texts.empty());
    ASSERT_EQ(end.parser.waiting(), cut > 0);
    end.feed(base::Bytes(frame).subspan(cut));

    ASSERT_EQ(end.seen.texts, std::vector<std::string>{"some words"});
    ASSERT_FALSE(end.parser.waiting());
  }
}

TEST(Framing, FindsTheNextFrameBehindEveryTruncation) {
  const auto frame = frameOf("the first words");
  const auto next = frameOf("the next words, which are long enough to end what was cut off");
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    Receiving end;

    end.feed(base::Bytes(frame).first(cut));
    end.feed(next);

    ASSERT_EQ(end.seen.texts.size(), 1u) << cut;
    ASSERT_EQ(end.parser.garbageBytes(), cut);
  }
}

TEST(Framing, RefusesEverySingleBitErrorAndFindsTheNextFrame) {
  const auto good = frameOf("payload");
  // Long enough to fill any length that one wrong bit can claim.
  const auto next = frameOf(std::string(kMaxPayload, 'n'));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Receiving end;
    auto frame = good;
    frame[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);

    end.feed(frame);
    end.feed(next);

    ASSERT_EQ(end.seen.texts.size(), 1u) << bit;
    ASSERT_EQ(end.seen.texts[0].size(), kMaxPayload) << bit;
  }
}

TEST(Framing, ALengthIsNotBelievedWhenItsCheckFails) {
  Receiving end;
  auto frame = frameOf("x");
  frame[5] = 0xFF;  // 65281 bytes to wait for

  end.feed(frame);
  end.feed(frameOf("y"));

  EXPECT_EQ(end.seen.texts, std::vector<std::string>{"y"});
}

TEST(Framing, FindsFramesAmongText) {
  Receiving end;
  const std::string boot = "[    0.000000] Linux version 6.1.0\r\n\xFE\xFEL";
  std::vector<std::uint8_t> bytes(boot.begin(), boot.end());
  const auto frame = frameOf("found");
  bytes.insert(bytes.end(), frame.begin(), frame.end());

  for (const std::uint8_t byte : bytes) end.feed({&byte, 1});

  EXPECT_EQ(end.seen.texts, std::vector<std::string>{"found"});
  EXPECT_EQ(end.parser.garbageBytes(), boot.size());
}

TEST(Framing, AFrameOfAnotherSessionOrDirectionIsGarbage) {
  Receiving end;

  end.feed(frameOf("echo", {}, kSalt + 1));

  EXPECT_TRUE(end.seen.texts.empty());
  EXPECT_EQ(end.seen.damaged, 1);
}

TEST(Framing, TellsWhichSaltFitted) {
  Receiving end;
  end.parser.setSalts(kSalt, 77);

  end.feed(frameOf("old"));
  end.feed(frameOf("new", {}, 77));

  EXPECT_EQ(end.seen.byCandidate, (std::vector<bool>{false, true}));
}

TEST(Framing, HellosNeedNoSession) {
  Receiving end;
  end.parser.setSalts(std::nullopt, std::nullopt);

  end.feed(frameOf("data"));
  end.feed(frameOf("hello", {.kind = FrameKind::Hello}, kHelloSalt));

  EXPECT_EQ(end.seen.texts, std::vector<std::string>{"hello"});
}

TEST(Framing, GivingUpFindsTheFramesBehindALie) {
  Receiving end;
  auto lie = frameOf(std::string(50'000, 'q'));
  lie.resize(40);
  end.feed(lie);
  end.feed(frameOf("hidden"));
  ASSERT_TRUE(end.seen.texts.empty());

  end.parser.giveUp(end.seen);

  EXPECT_EQ(end.seen.texts, std::vector<std::string>{"hidden"});
  EXPECT_FALSE(end.parser.waiting());
}

TEST(Framing, HeadersNestedToBeCheckedOverAndOverCostLittle) {
  // Each of these claims to cover everything behind it.
  std::vector<std::uint8_t> bytes;
  for (std::size_t left = 65'000; left > 64; left -= kFrameHeader) {
    std::vector<std::uint8_t> header(kFrameHeader + left);
    sealFrame(header, {.kind = FrameKind::Data}, 1);
    bytes.insert(bytes.end(), header.begin(), header.begin() + kFrameHeader);
  }
  bytes.resize(bytes.size() + 70'000, 0);
  Receiving end;

  for (int i = 0; i < 20; ++i) end.feed(bytes);
  end.feed(std::vector<std::uint8_t>(70'000));
  end.feed(frameOf("after"));

  // 2.7 MB pay for 22 MB of vain checks, which is about 500 of them; unbounded it would be 160,000.
  EXPECT_LE(end.seen.damaged, 2'000);
  EXPECT_EQ(end.seen.texts, std::vector<std::string>{"after"});
}

TEST(Framing, RandomBytesYieldNothingAndAreAllCounted) {
  std::mt19937 random(5);
  Receiving end;
  std::vector<std::uint8_t> noise(1 << 20);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());

  end.feed(noise);

  EXPECT_TRUE(end.seen.texts.empty());
  EXPECT_GE(end.parser.garbageBytes(), noise.size() - kMaxPayload - kFrameOverhead);
}

}  // namespace
}  // namespace lucarne::link
