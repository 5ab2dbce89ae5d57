// SPDX-License-Identifier: Apache-2.0
// What two tunnel ends say to each other: one message of link::Channel::Streams each, little-endian.
//
//   u8 type | 0x80 when the stream was opened by the receiver, u32 number, then:
//
//   1 Open       u32 window, u8[32] nonce, u8 n (1 to 32), n bytes of name
//   2 Challenge  u8[32] nonce                        prove that you have the secret
//   3 Proof      u8[32] mac
//   4 Opened     u32 window, nothing | u8[32] mac    from now on there may be Data, both ways
//   5 Data       1 byte or more
//   6 Credit     u32 bytes (not 0)                   so many more than you may send already
//   7 End        nothing                             no more Data from me
//   8 Reset      words, at most kMaxWords            the stream is over, whatever was under way
//
//   opener                                  answerer
//     | Open ────────────────────────────────▶ |  name: which of its local ends
//     | ◀──────────────────────── (Challenge)  |  only when the answerer has a secret
//     | (Proof) ─────────────────────────────▶ |
//     | ◀───────────────────── Opened or Reset |  once its local end is connected
//     | Data, Credit ◀────────────────▶        |  Data at most what window and Credit allow
//     | End ◀─────────────────────────▶        |  each its own; after both the stream is over
//
// Each end numbers the streams that it opens, from 0 up, and never uses a number twice in a session.
// A stream's Data lies between Opened and End. The secret and the macs: tunnel/secret.h.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"

namespace lucarne::tunnel {

/// In link::Introduction::capabilities: this end understands Channel::Streams as written here.
/// (The low bits are the screen codec's.)
inline constexpr std::uint32_t kStreams1 = 1U << 8;

inline constexpr std::size_t kMaxName = 32;
/// Every message but Data fits into the smallest piece that a link asks for (100 bytes).
inline constexpr std::size_t kMaxWords = 80;
/// Of Data, before its bytes.
inline constexpr std::size_t kDataHead = 5;
/// No end grants more than this at a time; a sum beyond it is a lie.
inline constexpr std::uint32_t kMaxWindow = 64U << 20;

using Block32 = std::array<std::uint8_t, 32>;

/// Which end opened a stream, as the holder of the id sees it.
enum class Opener : std::uint8_t { Us = 0, Them = 1 };

struct StreamId {
  Opener opener = Opener::Us;
  std::uint32_t number = 0;
  friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

struct Open {
  std::uint32_t window = 0;
  Block32 nonce{};
  std::string name;
  friend bool operator==(const Open&, const Open&) = default;
};
struct Challenge {
  Block32 nonce{};
  friend bool operator==(const Challenge&, const Challenge&) = default;
};
struct Proof {
  Block32 mac{};
  friend bool operator==(const Proof&, const Proof&) = default;
};
struct Opened {
  std::uint32_t window = 0;
  bool proven = false;
  Block32 mac{};  ///< zeros unless proven
  friend bool operator==(const Opened&, const Opened&) = default;
};
/// Borrows the message's bytes.
struct Data {
  base::Bytes bytes;
};
struct Credit {
  std::uint32_t bytes = 0;
  friend bool operator==(const Credit&, const Credit&) = default;
};
struct End {
  friend bool operator==(const End&, const End&) = default;
};
struct Reset {
  std::string words;
  friend bool operator==(const Reset&, const Reset&) = default;
};
using Body = std::variant<Open, Challenge, Proof, Opened, Data, Credit, End, Reset>;

struct Message {
  StreamId stream;  ///< as its holder sees it: encode and parse turn the opener around
  Body body;
};

/// Letters a-z, digits and '-', 1 to kMaxName of them.
bool isName(std::string_view name);

/// Appends the message. Words are cut, a name must be one (asserted).
void encode(const Message& message, std::vector<std::uint8_t>& out);
/// Appends the head of a Data message; its bytes are the caller's to append.
void encodeDataHead(StreamId stream, std::vector<std::uint8_t>& out);

/// Names come out valid, words clean (surface/text.h), windows and credits within bounds.
base::Result<Message> parseMessage(base::Bytes untrusted);

}  // namespace lucarne::tunnel
