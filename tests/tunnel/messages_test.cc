// SPDX-License-Identifier: Apache-2.0
#include "tunnel/messages.h"

#include <gtest/gtest.h>

namespace lucarne::tunnel {
namespace {

Block32 block(std::uint8_t first) {
  Block32 bytes{};
  for (std::uint8_t& byte : bytes) byte = first++;
  return bytes;
}

std::vector<std::uint8_t> bytesOf(const Message& message) {
  std::vector<std::uint8_t> out;
  encode(message, out);
  return out;
}

const std::vector<Body>& everyBody() {
  static const std::vector<std::uint8_t> kBytes = {1, 2, 3};
  static const std::vector<Body> kBodies = {
      Open{.window = 1, .nonce = block(1), .name = "a"},
      Open{.window = kMaxWindow, .nonce = block(2), .name = std::string(kMaxName, 'z')},
      Challenge{block(3)},
      Proof{block(4)},
      Opened{.window = 70000},
      Opened{.window = 70000, .proven = true, .mac = block(5)},
      Data{kBytes},
      Credit{1},
      Credit{kMaxWindow},
      End{},
      Reset{""},
      Reset{"connection refused"},
  };
  return kBodies;
}

TEST(TunnelMessages, ComeBackAsTheyWentWithTheOpenerTurnedAround) {
  for (const Opener opener : {Opener::Us, Opener::Them}) {
    for (const Body& body : everyBody()) {
      const std::vector<std::uint8_t> bytes = bytesOf({{opener, 0x01020304}, body});

      const auto parsed = parseMessage(bytes);

      ASSERT_TRUE(parsed) << parsed.error().message;
      EXPECT_NE(parsed->stream.opener, opener);
      EXPECT_EQ(parsed->stream.number, 0x01020304u);
      EXPECT_EQ(parsed->body.index(), body.index());
      EXPECT_EQ(bytesOf({{opener, 0x01020304}, parsed->body}), bytes);
    }
  }
}

TEST(TunnelMessages, HaveTheBytesOfTheTable) {
  EXPECT_EQ(bytesOf({{Opener::Us, 1}, Credit{0x0a0b}}),
            (std::vector<std::uint8_t>{6, 1, 0, 0, 0, 0x0b, 0x0a, 0, 0}));
  EXPECT_EQ(bytesOf({{Opener::Them, 0x100}, End{}}), (std::vector<std::uint8_t>{0x87, 0, 1, 0, 0}));
  EXPECT_EQ(bytesOf({{Opener::Us, 0}, Reset{"no"}}),
            (std::vector<std::uint8_t>{8, 0, 0, 0, 0, 'n', 'o'}));
}

TEST(TunnelMessages, RefuseEveryTruncationOfAFixedLength) {
  for (const Body& body : everyBody()) {
    const bool open = std::holds_alternative<Data>(body) || std::holds_alternative<Reset>(body);
    const bool proven = std::holds_alternative<Opened>(body) && std::get<Opened>(body).proven;
    const std::vector<std::uint8_t> bytes = bytesOf({{Opener::Us, 7}, body});
    const std::size_t whole = open ? kDataHead + (body.index() == 4 ? 1 : 0) : bytes.size();
    for (std::size_t length = 0; length < whole; ++length) {
      if (proven && length == 9) continue;  // what is left is an Opened without proof
      EXPECT_FALSE(parseMessage(base::Bytes(bytes).first(length))) << body.index() << " " << length;
    }
  }
}

TEST(TunnelMessages, RefuseABytetooMany) {
  for (const Body& body : everyBody()) {
    if (std::holds_alternative<Data>(body) || std::holds_alternative<Reset>(body)) continue;
    std::vector<std::uint8_t> bytes = bytesOf({{Opener::Us, 7}, body});
    bytes.push_back(0);
    EXPECT_FALSE(parseMessage(bytes)) << body.index();
  }
}

TEST(TunnelMessages, RefuseWhatIsOutOfRange) {
  const auto refused = [](std::vector<std::uint8_t> bytes) { return !parseMessage(bytes); };

  EXPECT_TRUE(refused({0, 0, 0, 0, 0}));
  EXPECT_TRUE(refused({9, 0, 0, 0, 0}));
  EXPECT_TRUE(refused({0x40, 0, 0, 0, 0}));
  EXPECT_TRUE(refused({6, 0, 0, 0, 0, 0, 0, 0, 0}));        // no credit
  EXPECT_TRUE(refused({6, 0, 0, 0, 0, 1, 0, 0, 4}));        // one above kMaxWindow
  EXPECT_TRUE(refused({4, 0, 0, 0, 0, 0, 0, 0, 0}));        // no window
  std::vector<std::uint8_t> words(kDataHead + kMaxWords + 1, 'w');
  words[0] = 8;
  EXPECT_TRUE(refused(words));
}

TEST(TunnelMessages, RefuseNamesThatAreNone) {
  for (const std::string bad : {"", "A", "a b", "a/b", "ä", "a\n"}) {
    EXPECT_FALSE(isName(bad)) << bad;
    std::vector<std::uint8_t> bytes = bytesOf({{Opener::Us, 0}, Open{1, {}, "x"}});
    bytes.pop_back();
    bytes.back() = static_cast<std::uint8_t>(bad.size());
    bytes.insert(bytes.end(), bad.begin(), bad.end());
    EXPECT_FALSE(parseMessage(bytes)) << bad;
  }
  EXPECT_FALSE(isName(std::string(kMaxName + 1, 'a')));
  EXPECT_TRUE(isName("vnc-2"));
}

TEST(TunnelMessages, CleanTheWordsOfAReset) {
  const auto parsed = parseMessage(bytesOf({{Opener::Us, 0}, Reset{"a\x1b[2Jb\n"}}));

  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<Reset>(parsed->body).words, "a?[2Jb?");
}

TEST(TunnelMessages, FitIntoTheSmallestPieceExceptData) {
  for (const Body& body : everyBody()) EXPECT_LE(bytesOf({{Opener::Us, 7}, body}).size(), 100u);
  EXPECT_LE(bytesOf({{Opener::Us, 7}, Reset{std::string(1000, 'x')}}).size(), 100u);
}

}  // namespace
}  // namespace lucarne::tunnel
