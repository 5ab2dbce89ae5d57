// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "display-relay/sources/rfb/des.h"
#include "tests/support/rfb_bytes.h"

namespace lucarne::relay::rfb {
namespace {

using ::testing::HasSubstr;
using testing::Octets;
using testing::ServerBytes;

struct Talk {
  bool done = false;
  bool refused = false;
  std::string error;
  std::string answers;
  surface::Size size;
  std::string name;
  std::size_t used = 0;
};

Talk talk(const Octets& bytes, std::optional<std::string> password = std::nullopt,
          std::size_t chunk = 1000) {
  std::vector<std::uint8_t> out;
  Handshake handshake(std::move(password), out);
  Talk talk;
  std::size_t start = 0;
  for (std::size_t end = std::min(chunk, bytes.size());;
       end = std::min(end + chunk, bytes.size())) {
    const auto used = handshake.take(base::Bytes(bytes).subspan(start, end - start));
    if (!used) {
      talk.error = used.error().message;
      break;
    }
    start += *used;
    if (end == bytes.size() || handshake.done()) break;
  }
  talk.used = start;
  talk.done = handshake.done();
  talk.refused = handshake.refused();
  talk.answers.assign(out.begin(), out.end());
  talk.size = handshake.size();
  talk.name = handshake.name();
  return talk;
}

TEST(Handshake, Speaks38WithoutAPassword) {
  const Talk t = talk(ServerBytes().greeting(800, 600, "Büro").bytes);

  EXPECT_TRUE(t.done) << t.error;
  EXPECT_EQ(t.answers, std::string("RFB 003.008\n\1\1", 14));
  EXPECT_EQ(t.size, (surface::Size{800, 600}));
  EXPECT_EQ(t.name, "Büro");
}

TEST(Handshake, TakesBytesInPiecesOfAnySize) {
  const Octets bytes = ServerBytes().greeting(800, 600, "name").bytes;
  for (std::size_t chunk = 1; chunk < bytes.size(); ++chunk) {
    const Talk t = talk(bytes, std::nullopt, chunk);
    ASSERT_TRUE(t.done) << "in pieces of " << chunk;
    ASSERT_EQ(t.used, bytes.size());
  }
}

TEST(Handshake, WaitsAtEveryTruncation) {
  const Octets bytes = ServerBytes().greeting(800, 600, "name").bytes;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Talk t = talk(Octets(bytes.begin(), bytes.begin() + static_cast<long>(length)));
    ASSERT_FALSE(t.done) << length;
    ASSERT_EQ(t.error, "") << length;
  }
}

TEST(Handshake, LeavesWhatFollowsTheName) {
  ServerBytes bytes;
  bytes.greeting(8, 8, "n");
  const std::size_t length = bytes.bytes.size();

  EXPECT_EQ(talk(bytes.u32(0).bytes).used, length);
}

TEST(Handshake, Speaks37WhichHasNoResultWithoutAPassword) {
  const Talk t = talk(ServerBytes().version("003.007").u8(1).u8(1).serverInit(8, 8, "").bytes);

  EXPECT_TRUE(t.done) << t.error;
  EXPECT_EQ(t.answers, std::string("RFB 003.007\n\1\1", 14));
}

TEST(Handshake, Speaks33WhereTheServerDictates) {
  const Talk t = talk(ServerBytes().version("003.003").u32(1).serverInit(8, 8, "").bytes);

  EXPECT_TRUE(t.done) << t.error;
  EXPECT_EQ(t.answers, std::string("RFB 003.003\n\1", 13));
}

TEST(Handshake, AnswersOddVersionsWithTheNearestItKnows) {
  EXPECT_EQ(talk(ServerBytes().version("003.005").bytes).answers, "RFB 003.003\n");
  EXPECT_EQ(talk(ServerBytes().version("003.006").bytes).answers, "RFB 003.003\n");
  EXPECT_EQ(talk(ServerBytes().version("003.889").bytes).answers, "RFB 003.008\n");
  EXPECT_EQ(talk(ServerBytes().version("004.001").bytes).answers, "RFB 003.008\n");
  EXPECT_EQ(talk(ServerBytes().version("005.000").bytes).answers, "RFB 003.008\n");
  EXPECT_THAT(talk(ServerBytes().version("003.002").bytes).error, HasSubstr("too old"));
  EXPECT_NE(talk(ServerBytes().version("003-008").bytes).error, "");
  EXPECT_NE(talk(ServerBytes().version("0x3.008").bytes).error, "");
}

TEST(Handshake, SaysThatSomethingElseIsNoVncServer) {
  EXPECT_THAT(talk(ServerBytes().text("SSH-").bytes).error, HasSubstr("not a VNC server"));
  EXPECT_THAT(talk(ServerBytes().text("R\n").bytes).error, HasSubstr("not a VNC server"));
}

Challenge challenge() {
  Challenge c;
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<std::uint8_t>(i * 17);
  return c;
}

ServerBytes asking38() {
  const Challenge c = challenge();
  return ServerBytes().version().u8(2).u8(1).u8(2).raw({c.begin(), c.end()});
}

TEST(Handshake, AnswersTheChallengeWithThePassword) {
  const Challenge answer = answerChallenge(challenge(), "secret");

  const Talk t = talk(asking38().u32(0).serverInit(8, 8, "").bytes, "secret");

  EXPECT_TRUE(t.done) << t.error;
  EXPECT_EQ(t.answers, "RFB 003.008\n\2" + std::string(answer.begin(), answer.end()) + "\1");
}

TEST(Handshake, AnswersTheChallengeIn33) {
  const Challenge c = challenge();
  const Talk t = talk(ServerBytes().version("003.003").u32(2).raw({c.begin(), c.end()}).u32(0)
                          .serverInit(8, 8, "").bytes, "secret");
  EXPECT_TRUE(t.done) << t.error;
}

TEST(Handshake, SaysWhatToDoAboutAMissingPassword) {
  const char* words = "server asks for a password: use --password-file";
  const Talk offered = talk(ServerBytes().version().u8(1).u8(2).bytes);
  EXPECT_EQ(offered.error, words);
  EXPECT_TRUE(offered.refused);
  EXPECT_EQ(talk(ServerBytes().version("003.003").u32(2).bytes).error, words);
}

TEST(Handshake, RepeatsTheServersReasons) {
  const Talk wrong = talk(asking38().u32(1).u32(9).text("wrong one").bytes, "secret");
  EXPECT_THAT(wrong.error, HasSubstr("does not accept the password: wrong one"));
  EXPECT_TRUE(wrong.refused);

  const Talk full = talk(ServerBytes().version().u8(0).u32(4).text("full").bytes);
  EXPECT_THAT(full.error, HasSubstr("refuses: full"));

  const Talk old = talk(ServerBytes().version("003.003").u32(0).u32(3).text("no\x1b").bytes);
  EXPECT_THAT(old.error, HasSubstr("refuses: no?"));
}

TEST(Handshake, CutsAReasonThatClaimsToBeEndless) {
  const Talk t = talk(ServerBytes().version().u8(0).u32(0xffffffff)
                          .text(std::string(5000, 'x')).bytes);
  EXPECT_THAT(t.error, HasSubstr("xxxx"));
  EXPECT_LT(t.error.size(), 400u);
}

TEST(Handshake, ListsSecurityTypesThatItDoesNotKnow) {
  const Talk t = talk(ServerBytes().version().u8(2).u8(19).u8(16).bytes);
  EXPECT_THAT(t.error, HasSubstr("19, 16"));
  EXPECT_TRUE(t.refused);
}

TEST(Handshake, RefusesSizesThatCannotBe) {
  const auto init = [](unsigned w, unsigned h) {
    return talk(ServerBytes().version("003.003").u32(1).serverInit(w, h, "").bytes).error;
  };
  EXPECT_THAT(init(65535, 65535), HasSubstr("65535x65535"));
  EXPECT_NE(init(0, 600), "");
  EXPECT_NE(init(800, 0), "");
  EXPECT_NE(init(16385, 1), "");
  EXPECT_EQ(init(16384, 1), "");
}

TEST(Handshake, LetsAnEndlessNamePassByWithoutKeepingIt) {
  std::vector<std::uint8_t> out;
  Handshake handshake(std::nullopt, out);
  ServerBytes bytes;
  bytes.version("003.003").u32(1).u16(8).u16(8).zeros(16).u32(300'000'000);
  ASSERT_TRUE(handshake.take(bytes.bytes));
  const Octets part(1'000'000, 'n');

  for (int i = 0; i < 299; ++i) {
    const auto used = handshake.take(part);
    ASSERT_TRUE(used);
    ASSERT_EQ(*used, part.size());
    ASSERT_FALSE(handshake.done());
  }
  ASSERT_TRUE(handshake.take(part));

  EXPECT_TRUE(handshake.done());
  EXPECT_EQ(handshake.name(), std::string(256, 'n'));
}

}  // namespace
}  // namespace lucarne::relay::rfb
