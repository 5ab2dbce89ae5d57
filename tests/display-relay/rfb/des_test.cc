// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/des.h"

#include <gtest/gtest.h>

namespace lucarne::relay::rfb {
namespace {

DesBlock block(std::uint64_t word) {
  DesBlock bytes;
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
  return bytes;
}

struct Vector {
  std::uint64_t key, plain, encrypted;
};

// NIST SP 800-17, tables A.1 (variable plaintext), A.2 (variable key), A.3 (permutation) and A.4
// (substitution tables: together these use every entry of every table).
constexpr Vector kVectors[] = {
    {0x0101010101010101, 0x8000000000000000, 0x95F8A5E5DD31D900},
    {0x0101010101010101, 0x0000000000000001, 0x166B40B44ABA4BD6},
    {0x8001010101010101, 0x0000000000000000, 0x95A8D72813DAA94D},
    {0x0101010101010102, 0x0000000000000000, 0x869EFD7F9F265A09},
    {0x1046913489980131, 0x0000000000000000, 0x88D55E54F54C97B4},
    {0x7CA110454A1A6E57, 0x01A1D6D039776742, 0x690F5B0D9A26939B},
    {0x0131D9619DC1376E, 0x5CD54CA83DEF57DA, 0x7A389D10354BD271},
    {0x07A1133E4A0B2686, 0x0248D43806F67172, 0x868EBB51CAB4599A},
    {0x3849674C2602319E, 0x51454B582DDF440A, 0x7178876E01F19B2A},
    {0x04B915BA43FEB5B6, 0x42FD443059577FA2, 0xAF37FB421F8C4095},
    {0x0113B970FD34F2CE, 0x059B5E0851CF143A, 0x86A560F10EC6D85B},
    {0x0170F175468FB5E6, 0x0756D8E0774761D2, 0x0CD3DA020021DC09},
    {0x43297FAD38E373FE, 0x762514B829BF486A, 0xEA676B2CB7DB2B7A},
    {0x07A7137045DA2A16, 0x3BDD119049372802, 0xDFD64A815CAF1A0F},
    {0x04689104C2FD3B2F, 0x26955F6835AF609A, 0x5C513C9C4886C088},
    {0x37D06BB516CB7546, 0x164D5E404F275232, 0x0A2AEEAE3FF4AB77},
    {0x1F08260D1AC2465E, 0x6B056E18759F5CCA, 0xEF1BF03E5DFA575A},
    {0x584023641ABA6176, 0x004BD6EF09176062, 0x88BF0DB6D70DEE56},
    {0x025816164629B007, 0x480D39006EE762F2, 0xA1F9915541020B56},
    {0x49793EBC79B3258F, 0x437540C8698F3CFA, 0x6FBF1CAFCFFD0556},
    {0x4FB05E1515AB73A7, 0x072D43A077075292, 0x2F22E49BAB7CA1AC},
    {0x49E95D6D4CA229BF, 0x02FE55778117F12A, 0x5A6B612CC26CCE4A},
    {0x018310DC409B26D6, 0x1D9D5C5018F728C2, 0x5F4C038ED12B2E41},
    {0x1C587F1C13924FEF, 0x305532286D6F295A, 0x63FAC0D034D9F793},
};

TEST(Des, AgreesWithThePublishedVectors) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(desEncrypt(block(v.key), block(v.plain)), block(v.encrypted)) << std::hex << v.key;
  }
}

TEST(Des, IgnoresTheParityBitsOfTheKey) {
  EXPECT_EQ(desEncrypt(block(0x7CA110454A1A6E57), block(0x01A1D6D039776742)),
            desEncrypt(block(0x7DA011444B1B6F56), block(0x01A1D6D039776742)));
}

// The key is the password with each byte's bits reversed: "\x80" is the key 0x01…, which after
// parity is the vector with a key of zeros.
TEST(VncAuthentication, ReversesTheBitsOfEachPasswordByte) {
  Challenge challenge{};
  challenge[7] = 1;
  const DesBlock expected = desEncrypt(block(0x8600000000000000), block(1));

  const Challenge answer = answerChallenge(challenge, "\x61");

  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), answer.begin()));
}

TEST(VncAuthentication, UsesEightBytesOfThePassword) {
  const Challenge challenge{1, 2, 3};

  EXPECT_EQ(answerChallenge(challenge, "12345678"), answerChallenge(challenge, "12345678ignored"));
  EXPECT_NE(answerChallenge(challenge, "1234567"), answerChallenge(challenge, "12345678"));
}

}  // namespace
}  // namespace lucarne::relay::rfb
