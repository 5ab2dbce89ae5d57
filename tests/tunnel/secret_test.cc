// SPDX-License-Identifier: Apache-2.0
#include "tunnel/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/result.h"
#include "tests/support/temp_dir.h"

namespace lucarne::tunnel {
namespace {

constexpr std::string_view kText = "correct horse battery staple";
using Side = Secret::Side;

std::string writeFile(const test::TempDir& folder, std::string_view content, mode_t mode) {
  const std::string path = folder.path() + "/secret";
  std::ofstream(path) << content;
  ::chmod(path.c_str(), mode);
  return path;
}

std::string refusalOf(const std::string& path) {
  try {
    (void)Secret::fromFile(path);
  } catch (const base::SetupError& refusal) {
    return refusal.what();
  }
  return "";
}

TEST(Secret, ProvesWhatTheOtherHolderVerifies) {
  const Secret here(kText);
  const Secret there(kText);
  const Block32 a = drawNonce();
  const Block32 b = drawNonce();

  const Block32 proof = here.prove(Side::Opener, a, b, "shell");

  EXPECT_TRUE(there.verify(proof, Side::Opener, a, b, "shell"));
}

TEST(Secret, IsHmacSha256OverTheDocumentedBytes) {
  // From Python's hmac module: hmac.new(b'0123456789abcdef',
  //   b'lucarne tunnel 1 opener\0' + bytes(32) + b'\1'*32 + b'shell', 'sha256').hexdigest()
  const Secret secret("0123456789abcdef");
  Block32 ones{};
  ones.fill(1);
  std::string hex;
  for (const std::uint8_t byte : secret.prove(Side::Opener, {}, ones, "shell")) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }

  EXPECT_EQ(hex, "2617c3254b9fd0ed31df638a7ecab450576a6af1e420a0afbee92ed60637e115");
}

TEST(Secret, RefusesAProofOfAnythingElse) {
  const Secret secret(kText);
  const Secret other("incorrect horse battery staple");
  const Block32 a = drawNonce();
  const Block32 b = drawNonce();
  const Block32 proof = secret.prove(Side::Opener, a, b, "shell");
  Block32 bent = proof;
  bent[31] ^= 1;

  EXPECT_FALSE(secret.verify(bent, Side::Opener, a, b, "shell"));
  EXPECT_FALSE(secret.verify(proof, Side::Answerer, a, b, "shell"));
  EXPECT_FALSE(secret.verify(proof, Side::Opener, b, a, "shell"));
  EXPECT_FALSE(secret.verify(proof, Side::Opener, a, drawNonce(), "shell"));
  EXPECT_FALSE(secret.verify(proof, Side::Opener, a, b, "vnc"));
  EXPECT_FALSE(other.verify(proof, Side::Opener, a, b, "shell"));
}

TEST(Secret, DrawsAnotherNonceEachTime) { EXPECT_NE(drawNonce(), drawNonce()); }

TEST(Secret, IsTheFirstLineOfAPrivateFile) {
  const test::TempDir folder;
  const std::string path = writeFile(folder, std::string(kText) + "\r\nmore\n", 0600);

  const Secret secret = Secret::fromFile(path);

  EXPECT_TRUE(Secret(kText).verify(secret.prove(Side::Opener, {}, {}, "x"), Side::Opener, {}, {}, "x"));
}

TEST(Secret, RefusesAFileThatOthersMayRead) {
  const test::TempDir folder;

  for (const mode_t mode : {0640, 0604, 0620, 0602, 0660}) {
    EXPECT_NE(refusalOf(writeFile(folder, kText, mode)).find("chmod 600"), std::string::npos) << mode;
  }
  EXPECT_EQ(refusalOf(writeFile(folder, kText, 0400)), "");
}

TEST(Secret, RefusesAShortOrEndlessLine) {
  const test::TempDir folder;

  EXPECT_NE(refusalOf(writeFile(folder, "", 0600)), "");
  EXPECT_NE(refusalOf(writeFile(folder, "fifteen bytes..\n and more", 0600)), "");
  EXPECT_EQ(refusalOf(writeFile(folder, "sixteen bytes...\n", 0600)), "");
  EXPECT_EQ(refusalOf(writeFile(folder, std::string(Secret::kMostBytes, 'x'), 0600)), "");
  EXPECT_NE(refusalOf(writeFile(folder, std::string(Secret::kMostBytes + 1, 'x'), 0600)), "");
}

TEST(Secret, RefusesWhatIsNoFile) {
  const test::TempDir folder;
  const std::string fifo = folder.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);

  EXPECT_NE(refusalOf(folder.path() + "/missing").find("No such file"), std::string::npos);
  EXPECT_NE(refusalOf(folder.path()).find("no regular file"), std::string::npos);
  EXPECT_NE(refusalOf(fifo).find("no regular file"), std::string::npos);
}

}  // namespace
}  // namespace lucarne::tunnel
