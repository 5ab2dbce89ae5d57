// SPDX-License-Identifier: Apache-2.0
// Frames on a line that may garble: how they are found again after anything.
//
//   offset size
//   0      1    0xFE   no byte of UTF-8 text is this
//   1      1    0x4C   'L'
//   2      1    bits 7..4 kind, bit 3 more fragments follow, bits 2..0 channel
//   3      1    CRC-8 (polynomial 0x07) of bytes 2 and 4 to 7, so that a length is trusted only
//   when
//               it is one: a false one would make us wait for bytes that never come
//   4      2    length n of the payload, little-endian
//   6      2    sequence, little-endian
//   8      n    payload
//   8+n    4    CRC-32C of bytes 2 to 8+n-1, started from the salt, little-endian
//
// The *salt* costs no byte and ties a frame to its session and its direction: a frame of an earlier
// session, or our own frame coming back from a line in echo mode, fails the check like garbage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "link/channel.h"

namespace lucarne::link {

enum class FrameKind : std::uint8_t {
  Hello = 0,    ///< salt kHelloSalt; the payload is the session's
  Goodbye = 1,  ///< payload: words
  Ack = 2,      ///< sequence: the next one expected; no payload; also the heartbeat
  Nak = 3,      ///< as Ack, and that one is missing: send again from there
  Data = 4,     ///< sequence counts these only
  Ask = 5,  ///< sequence: the next one to be sent; asks for an Ack or, where one is missing, a Nak
};

inline constexpr std::size_t kFrameHeader = 8;
inline constexpr std::size_t kFrameTrailer = 4;
inline constexpr std::size_t kFrameOverhead = kFrameHeader + kFrameTrailer;
inline constexpr std::size_t kMaxPayload = 65535;
inline constexpr std::uint32_t kHelloSalt = 0;

/// CRC-32C (Castagnoli, as in iSCSI, RFC 3720), continued from `crc`; start with 0. Uses the
/// processor's instruction where there is one.
std::uint32_t crc32c(std::uint32_t crc, base::Bytes bytes);
/// The same by table: the reference that tests compare with.
std::uint32_t crc32cByTable(std::uint32_t crc, base::Bytes bytes);

struct FrameHead {
  FrameKind kind = FrameKind::Data;
  bool more = false;
  Channel channel = Channel::Control;
  std::uint16_t sequence = 0;
};

/// Makes a frame in place: `frame` holds kFrameHeader bytes of anything and then the payload (at
/// most kMaxPayload, asserted); the header is filled in and the trailer appended.
void sealFrame(std::vector<std::uint8_t>& frame, const FrameHead& head, std::uint32_t salt);

/// A frame whose checks have passed. `payload` is borrowed for the call.
struct FrameView {
  FrameHead head;
  base::Bytes payload;
  bool byCandidate = false;  ///< it was the second salt that fitted
};

/// Finds frames in a stream of anything. Holds at most one unfinished frame; the work per received
/// byte is bounded whatever the bytes are.
class FrameParser {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void onFrame(const FrameView& frame) = 0;
    /// A header was good and its frame was not: most likely a frame of the peer's with a bit error
    /// (or an echo of ours).
    virtual void onDamagedFrame() = 0;
  };

  /// Frames other than Hello must fit `session` or `candidate`; an empty one fits nothing. May be
  /// called from inside onFrame.
  void setSalts(std::optional<std::uint32_t> session, std::optional<std::uint32_t> candidate) {
    session_ = session;
    candidate_ = candidate;
  }

  void feed(base::Bytes bytes, Receiver& receiver);
  /// Holds the beginning of what may be a frame.
  bool waiting() const { return !held_.empty(); }
  /// What is held will not be finished (its length was a lie, or the rest was lost): looks for
  /// frames behind its marker.
  void giveUp(Receiver& receiver);
  /// Forgets what is held.
  void reset() { held_.clear(); }

  std::uint64_t garbageBytes() const { return garbageBytes_; }

 private:
  std::size_t parse(base::Bytes bytes, Receiver& receiver);
  bool check(base::Bytes frame, FrameView& view);

  std::vector<std::uint8_t> held_;
  std::optional<std::uint32_t> session_;
  std::optional<std::uint32_t> candidate_;
  std::uint64_t garbageBytes_ = 0;
  std::int64_t patience_ = 0;  // bytes that may still be checked in vain, see framing.cc
};

}  // namespace lucarne::link
