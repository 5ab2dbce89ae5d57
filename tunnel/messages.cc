// SPDX-License-Identifier: Apache-2.0
#include "tunnel/messages.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include <fmt/format.h>

#include "surface/text.h"

namespace lucarne::tunnel {

namespace {

using base::ByteReader;
using base::Bytes;
using base::ByteWriter;

enum class Type : std::uint8_t {
  Open = 1, Challenge = 2, Proof = 3, Opened = 4, Data = 5, Credit = 6, End = 7, Reset = 8,
};
constexpr std::uint8_t kOpenedByReceiver = 0x80;

ByteWriter head(Type type, StreamId stream, std::vector<std::uint8_t>& out) {
  ByteWriter writer(out);
  const bool theirs = stream.opener == Opener::Them;
  writer.u8(static_cast<std::uint8_t>(type) | (theirs ? kOpenedByReceiver : 0));
  writer.u32(stream.number);
  return writer;
}

struct Encoder {
  StreamId stream;
  std::vector<std::uint8_t>& out;

  void operator()(const Open& m) const {
    assert(isName(m.name));
    head(Type::Open, stream, out)
        .u32(m.window)
        .bytes(m.nonce)
        .u8(static_cast<std::uint8_t>(m.name.size()))
        .text(m.name);
  }
  void operator()(const Challenge& m) const { head(Type::Challenge, stream, out).bytes(m.nonce); }
  void operator()(const Proof& m) const { head(Type::Proof, stream, out).bytes(m.mac); }
  void operator()(const Opened& m) const {
    ByteWriter writer = head(Type::Opened, stream, out);
    writer.u32(m.window);
    if (m.proven) writer.bytes(m.mac);
  }
  void operator()(const Data& m) const { head(Type::Data, stream, out).bytes(m.bytes); }
  void operator()(const Credit& m) const { head(Type::Credit, stream, out).u32(m.bytes); }
  void operator()(const End&) const { head(Type::End, stream, out); }
  void operator()(const Reset& m) const {
    head(Type::Reset, stream, out).text(surface::cutText(m.words, kMaxWords));
  }
};

Block32 block(ByteReader& reader) {
  Block32 taken{};
  const Bytes bytes = reader.take(taken.size());
  std::copy(bytes.begin(), bytes.end(), taken.begin());
  return taken;
}

std::string text(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

bool isWindow(std::uint32_t bytes) { return bytes > 0 && bytes <= kMaxWindow; }

std::optional<Body> parseOpen(ByteReader& reader) {
  Open open{.window = reader.u32(), .nonce = block(reader), .name = {}};
  open.name = text(reader.take(reader.u8()));
  if (!reader.done() || !isWindow(open.window) || !isName(open.name)) return std::nullopt;
  return open;
}

std::optional<Body> parseOpened(ByteReader& reader) {
  Opened opened{.window = reader.u32()};
  opened.proven = reader.left() > 0;
  if (opened.proven) opened.mac = block(reader);
  if (!reader.done() || !isWindow(opened.window)) return std::nullopt;
  return opened;
}

std::optional<Body> parseBody(std::uint8_t type, ByteReader& reader) {
  switch (static_cast<Type>(type)) {
    case Type::Open:
      return parseOpen(reader);
    case Type::Challenge:
      if (const Block32 nonce = block(reader); reader.done()) return Challenge{nonce};
      return std::nullopt;
    case Type::Proof:
      if (const Block32 mac = block(reader); reader.done()) return Proof{mac};
      return std::nullopt;
    case Type::Opened:
      return parseOpened(reader);
    case Type::Data:
      if (reader.left() > 0) return Data{reader.take(reader.left())};
      return std::nullopt;
    case Type::Credit:
      if (const std::uint32_t bytes = reader.u32(); reader.done() && isWindow(bytes)) {
        return Credit{bytes};
      }
      return std::nullopt;
    case Type::End:
      if (reader.done()) return End{};
      return std::nullopt;
    case Type::Reset:
      if (reader.left() > kMaxWords) return std::nullopt;
      return Reset{surface::cleanText(text(reader.take(reader.left())))};
  }
  return std::nullopt;
}

}  // namespace

bool isName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void encode(const Message& message, std::vector<std::uint8_t>& out) {
  std::visit(Encoder{message.stream, out}, message.body);
}

void encodeDataHead(StreamId stream, std::vector<std::uint8_t>& out) {
  head(Type::Data, stream, out);
}

base::Result<Message> parseMessage(Bytes untrusted) {
  ByteReader reader(untrusted);
  const std::uint8_t type = reader.u8();
  const std::uint32_t number = reader.u32();
  if (!reader.ok()) return base::unexpected("a tunnel message is cut short");
  const Opener opener = (type & kOpenedByReceiver) != 0 ? Opener::Us : Opener::Them;
  auto body = parseBody(type & ~kOpenedByReceiver, reader);
  if (!body) {
    return base::unexpected(fmt::format("a tunnel message of type {} and {} bytes makes no sense",
                                        type & ~kOpenedByReceiver, untrusted.size()));
  }
  return Message{{opener, number}, std::move(*body)};
}

}  // namespace lucarne::tunnel
