// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/extended_clipboard.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "surface/clipboard.h"
#include "tests/support/rfb_bytes.h"

namespace lucarne::relay::rfb {
namespace {

using testing::Octets;
using testing::ServerBytes;

constexpr std::uint32_t kTextCaps = 0x1f000001;
constexpr std::uint32_t kRequestText = 0x02000001;
constexpr std::uint32_t kPeek = 0x04000000;
constexpr std::uint32_t kNotifyText = 0x08000001;
constexpr std::uint32_t kProvideText = 0x10000001;

Octets flags(std::uint32_t value) { return ServerBytes().u32(value).bytes; }

Octets caps(std::uint32_t value = kTextCaps, std::uint32_t unasked = 0) {
  return ServerBytes().u32(value).u32(unasked).bytes;
}

Octets packed(const Octets& plain) {
  uLongf size = ::compressBound(plain.size());
  Octets out(size);
  ::compress(out.data(), &size, plain.data(), plain.size());
  out.resize(size);
  return out;
}

Octets provide(std::string_view text) {
  return ServerBytes()
      .u32(kProvideText)
      .raw(packed(ServerBytes().u32(static_cast<std::uint32_t>(text.size())).text(text).bytes))
      .bytes;
}

/// What a client says: its flags, and the text of a provide.
struct Said {
  std::uint32_t flags = 0;
  std::string text;
};

std::vector<Said> parse(const Outgoing& out) {
  std::vector<Said> all;
  base::ByteReader reader(out);
  while (reader.left() > 0) {
    EXPECT_EQ(reader.u8(), 6);
    reader.skip(3);
    const auto length = static_cast<std::int32_t>(reader.u32be());
    EXPECT_LT(length, 0);
    base::ByteReader message(reader.take(static_cast<std::size_t>(-length)));
    Said said{.flags = message.u32be(), .text = {}};
    if (said.flags == kProvideText) {
      Octets plain(200'000);
      uLongf size = plain.size();
      const base::Bytes rest = message.take(message.left());
      EXPECT_EQ(::uncompress(plain.data(), &size, rest.data(), rest.size()), Z_OK);
      base::ByteReader unpacked(base::Bytes(plain).first(size));
      const std::uint32_t bytes = unpacked.u32be();
      EXPECT_EQ(bytes, unpacked.left());
      const base::Bytes text = unpacked.take(bytes);
      said.text.assign(text.begin(), text.end());
    }
    all.push_back(said);
  }
  EXPECT_TRUE(reader.ok());
  return all;
}

class ExtendedClipboardTest : public ::testing::Test {
 protected:
  std::optional<std::string> receive(const Octets& message) {
    out_.clear();
    return clipboard_.receive(message, out_);
  }

  ExtendedClipboard clipboard_;
  Outgoing out_;
};

TEST_F(ExtendedClipboardTest, AnswersTheServersAbilitiesWithItsOwnAndTakesNothingUnasked) {
  EXPECT_FALSE(clipboard_.isKnown());
  receive(caps());

  EXPECT_TRUE(clipboard_.isKnown());
  EXPECT_EQ(out_, ServerBytes().u8(6).zeros(3).u32(0xfffffff8).u32(kTextCaps).u32(0).bytes);
}

TEST_F(ExtendedClipboardTest, AsksForAnnouncedTextAndTakesIt) {
  receive(caps());

  EXPECT_FALSE(receive(flags(kNotifyText)));
  ASSERT_EQ(parse(out_).size(), 1u);
  EXPECT_EQ(parse(out_)[0].flags, kRequestText);
  EXPECT_EQ(receive(provide(std::string_view("ж漢\r\n😀\r\n\0", 13 + 1))), "ж漢\n😀\n");
}

TEST_F(ExtendedClipboardTest, TakesTextWhoseStreamWasFlushedAndNotFinished) {
  z_stream stream{};
  ASSERT_EQ(::deflateInit(&stream, Z_DEFAULT_COMPRESSION), Z_OK);
  Octets plain = ServerBytes().u32(3).text("abc").bytes;
  Octets out(100);
  stream.next_in = plain.data();
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  ASSERT_EQ(::deflate(&stream, Z_SYNC_FLUSH), Z_OK);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);

  EXPECT_EQ(receive(ServerBytes().u32(kProvideText).raw(out).bytes), "abc");
}

TEST_F(ExtendedClipboardTest, GivesOfferedTextWhenItIsAskedFor) {
  receive(caps());
  out_.clear();
  clipboard_.offer("one\nzwei ж", out_);
  ASSERT_EQ(parse(out_).size(), 1u);
  EXPECT_EQ(parse(out_)[0].flags, kNotifyText);

  receive(flags(kRequestText));

  ASSERT_EQ(parse(out_).size(), 1u);
  EXPECT_EQ(parse(out_)[0].text, std::string("one\r\nzwei ж\0", 13));
}

TEST_F(ExtendedClipboardTest, GivesNothingThatTheGuestHasReplaced) {
  receive(caps());
  clipboard_.offer("secret", out_);
  receive(flags(kNotifyText));

  receive(flags(kRequestText));
  EXPECT_TRUE(out_.empty());
  receive(flags(kPeek));
  EXPECT_EQ(parse(out_)[0].flags, 0x08000000u);
}

TEST_F(ExtendedClipboardTest, GivesUnaskedOnlyToAServerThatKnowsNoAnnouncements) {
  receive(caps(0x11000001, 10));
  out_.clear();
  clipboard_.offer("short", out_);
  EXPECT_EQ(parse(out_)[0].text, std::string("short\0", 6));

  out_.clear();
  clipboard_.offer("longer than that", out_);
  EXPECT_TRUE(out_.empty());
}

TEST_F(ExtendedClipboardTest, IgnoresWhatIsDamagedShortOrTooLong) {
  receive(caps());
  const Octets whole = provide("text that is whole");
  for (std::size_t cut = 0; cut + 5 < whole.size(); ++cut) {  // the last four are a checksum
    EXPECT_FALSE(receive(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)))) << cut;
  }
  EXPECT_FALSE(receive(provide(std::string(2 * surface::kMaxClipboardBytes + 2, 'x'))));
  EXPECT_FALSE(receive(provide("")));
  EXPECT_TRUE(out_.empty());
}

TEST_F(ExtendedClipboardTest, AnswersNobodyWhoAsksAndDoesNotRead) {
  receive(caps());
  clipboard_.offer(std::string(60'000, 'x'), out_);
  out_.clear();
  std::string noise;
  for (int i = 0; i < 60'000; ++i) noise += static_cast<char>(33 + (i * 7919 >> 3) % 90);
  clipboard_.offer(noise, out_);
  for (int i = 0; i < 1000; ++i) clipboard_.receive(flags(kRequestText), out_);

  EXPECT_LT(out_.size(), 100'000u);
}

}  // namespace
}  // namespace lucarne::relay::rfb
