// SPDX-License-Identifier: Apache-2.0
// The XenStore wire protocol, both directions (xen/io/xs_wire.h, docs/misc/xenstore.txt of Xen).
//
//   offset  bytes  field
//   0       4      type          an Operation
//   4       4      request       chosen by the client, echoed in the answer; 0 in watch events
//   8       4      transaction   0: none
//   12      4      length        of what follows, at most 4096
//   16      length payload       texts, each with its NUL, except the last value of WRITE and READ
//
// Integers are in the machine's byte order; on every machine that Lucarne builds for that is little
// endian. An answer has the request's type, or ERROR and a name such as "ENOENT" with its NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"

namespace lucarne::xenstore {

enum class Operation : std::uint32_t {
  Control = 0,
  Directory = 1,
  Read = 2,
  GetPermissions = 3,
  Watch = 4,
  Unwatch = 5,
  TransactionStart = 6,
  TransactionEnd = 7,
  Introduce = 8,
  Release = 9,
  GetDomainPath = 10,
  Write = 11,
  MakeDirectory = 12,
  Remove = 13,
  SetPermissions = 14,
  WatchEvent = 15,
  Error = 16,
  IsDomainIntroduced = 17,
  Resume = 18,
  SetTarget = 19,
  ResetWatches = 21,
  DirectoryPart = 22,
};

inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kMaxPayload = 4096;   // a daemon closes the connection beyond
inline constexpr std::size_t kMaxAbsolutePath = 3072;
inline constexpr std::size_t kMaxRelativePath = 2048;

struct Message {
  std::uint32_t type = 0;  ///< an Operation, or a number that is none
  std::uint32_t request = 0;
  std::uint32_t transaction = 0;
  std::string payload;
  friend bool operator==(const Message&, const Message&) = default;
};

/// Appends. The payload must not be longer than kMaxPayload.
void encode(const Message& message, std::vector<std::uint8_t>& out);

/// Puts messages together from a stream of bytes. Holds at most one message and what was fed last.
class MessageReader {
 public:
  void feed(base::Bytes untrusted);
  /// The next whole message. Nothing when bytes are missing or the stream is broken.
  std::optional<Message> next();
  /// A length beyond kMaxPayload was announced: there is no way to find the next message.
  bool broken() const { return broken_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t taken_ = 0;
  bool broken_ = false;
};

/// Splits "a\0b\0" into texts; a last one without NUL counts too.
std::vector<std::string_view> splitTexts(std::string_view payload);

/// "ENOENT" for ENOENT; "EINVAL" for numbers that the protocol has no name for.
std::string_view errorName(int number);
/// The reverse; EINVAL for names that the protocol does not know.
int errorNumber(std::string_view name);

}  // namespace lucarne::xenstore
