// SPDX-License-Identifier: Apache-2.0
// How the surface fuzzers read their input: records of u8 control, u16 length, that many bytes.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/byte_reader.h"
#include "base/unique_fd.h"
#include "surface/messages.h"

namespace lucarne::fuzz {

struct Record {
  std::uint8_t control;
  base::Bytes bytes;
};

inline std::optional<Record> nextRecord(base::ByteReader& in) {
  if (in.left() < 3) return std::nullopt;
  const std::uint8_t control = in.u8();
  const std::size_t length = std::min<std::size_t>(in.u16(), in.left());
  return Record{control, in.take(length)};
}

inline std::pair<base::UniqueFd, base::UniqueFd> packetPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    std::abort();
  }
  return {base::UniqueFd::adopt(ends[0]), base::UniqueFd::adopt(ends[1])};
}

// What parses must come back the same from its own encoding.
template <typename Parse>
void checkRoundTrip(base::Bytes packet, Parse parse) {
  const auto parsed = parse(packet);
  if (!parsed) return;
  const auto again = parse(surface::message::encode(*parsed));
  if (!again || !(*again == *parsed)) std::abort();
}

}  // namespace lucarne::fuzz
