// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/extended_clipboard.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "surface/clipboard.h"

namespace lucarne::relay::rfb {

namespace {

constexpr std::uint32_t kText = 1u << 0;
constexpr std::uint32_t kCaps = 1u << 24;
constexpr std::uint32_t kRequest = 1u << 25;
constexpr std::uint32_t kPeek = 1u << 26;
constexpr std::uint32_t kNotify = 1u << 27;
constexpr std::uint32_t kProvide = 1u << 28;
constexpr std::uint32_t kActions = kCaps | kRequest | kPeek | kNotify | kProvide;
// Answers wait behind what the server has not read yet; one that asks and does not read gets none.
constexpr std::size_t kMostWaiting = 4096;
// Every line end of the longest text doubled, and the zero byte.
constexpr std::size_t kMostPacked = 2 * surface::kMaxClipboardBytes + 1;
static_assert(kMostPacked < ExtendedClipboard::kMaxMessage);

void encodeMessage(Outgoing& out, std::uint32_t flags, base::Bytes rest) {
  const auto length = static_cast<std::uint32_t>(4 + rest.size());
  base::ByteWriter(out)
      .u8(static_cast<std::uint8_t>(ClientMessage::ClientCutText))
      .u8(0).u8(0).u8(0)
      .u32be(~length + 1)  // negative
      .u32be(flags)
      .bytes(rest);
}

void encodeProvide(Outgoing& out, const std::string& text) {
  std::vector<std::uint8_t> plain;
  base::ByteWriter(plain).u32be(0);
  for (const char c : text) {
    if (c == '\n') plain.push_back('\r');
    plain.push_back(static_cast<std::uint8_t>(c));
  }
  plain.push_back(0);
  std::vector<std::uint8_t> size;
  base::ByteWriter(size).u32be(static_cast<std::uint32_t>(plain.size() - 4));
  std::copy(size.begin(), size.end(), plain.begin());
  uLongf packedBytes = ::compressBound(plain.size());
  std::vector<std::uint8_t> packed(packedBytes);
  if (::compress(packed.data(), &packedBytes, plain.data(), plain.size()) != Z_OK) return;
  packed.resize(packedBytes);
  encodeMessage(out, kProvide | kText, packed);
}

// Exactly `bytes` bytes of the stream's front; fewer: the stream is damaged or short.
class Unpacker {
 public:
  explicit Unpacker(base::Bytes packed) {
    open_ = ::inflateInit(&stream_) == Z_OK;
    stream_.next_in = const_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
  }
  ~Unpacker() {
    if (open_) ::inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  std::optional<std::vector<std::uint8_t>> take(std::size_t bytes) {
    std::vector<std::uint8_t> out(bytes);
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(bytes);
    while (open_ && stream_.avail_out > 0) {
      const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
      if (result != Z_OK) break;  // also at the stream's end
    }
    if (!open_ || stream_.avail_out > 0) return std::nullopt;
    return out;
  }

 private:
  z_stream stream_{};
  bool open_ = false;
};

std::optional<std::string> unpackText(base::Bytes packed) {
  Unpacker unpacker(packed);
  const auto head = unpacker.take(4);
  if (!head) return std::nullopt;
  const std::size_t bytes = base::ByteReader(*head).u32be();
  if (bytes == 0 || bytes > kMostPacked) return std::nullopt;
  const auto plain = unpacker.take(bytes);
  if (!plain) return std::nullopt;
  return surface::plainClipboardText(
      {reinterpret_cast<const char*>(plain->data()), plain->size()});
}

}  // namespace

std::optional<std::string> ExtendedClipboard::receive(base::Bytes untrusted, Outgoing& out) {
  base::ByteReader reader(untrusted);
  const std::uint32_t flags = reader.u32be();
  if (!reader.ok()) return std::nullopt;
  const std::size_t before = out.size();
  if (before > kMostWaiting) return std::nullopt;
  if (flags & kCaps) {
    learn(flags, reader, out);
  } else if (flags & kProvide) {
    if (flags & kText) return unpackText(reader.take(reader.left()));
  } else if (flags & kNotify) {
    offered_.clear();  // what is newest is the guest's
    if ((flags & kText) && (serverActions_ & kRequest)) encodeMessage(out, kRequest | kText, {});
  } else if (flags & kRequest) {
    if ((flags & kText) && !offered_.empty()) encodeProvide(out, offered_);
  } else if (flags & kPeek) {
    encodeMessage(out, kNotify | (offered_.empty() ? 0 : kText), {});
  }
  return std::nullopt;
}

void ExtendedClipboard::learn(std::uint32_t flags, base::ByteReader& reader, Outgoing& out) {
  if (!(flags & kText)) return;
  const std::uint32_t textBytes = reader.u32be();  // text is the first format
  if (!reader.ok()) return;
  serverActions_ = flags & kActions;
  unaskedBytes_ = textBytes;
  // Nothing is to come unasked: announced text is asked for at once.
  std::vector<std::uint8_t> sizes;
  base::ByteWriter(sizes).u32be(0);
  encodeMessage(out, kActions | kText, sizes);
}

void ExtendedClipboard::offer(std::string text, Outgoing& out) {
  assert(isKnown());
  if (serverActions_ & kNotify) {
    offered_ = std::move(text);
    encodeMessage(out, kNotify | kText, {});
  } else if ((serverActions_ & kProvide) && text.size() < unaskedBytes_) {
    encodeProvide(out, text);
  }
}

}  // namespace lucarne::relay::rfb
