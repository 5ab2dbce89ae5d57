// SPDX-License-Identifier: Apache-2.0
#include "link/framing.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>

namespace lucarne::link {

namespace {

constexpr std::uint8_t kMarker0 = 0xFE;
constexpr std::uint8_t kMarker1 = 0x4C;

// A bad check makes us look for frames inside what it covered. A hostile peer can nest headers so
// that every byte is covered thousands of times; so each byte that arrives pays for
// kPatiencePerByte bytes of vain checking, saved up to kMaxPatience, and a frame beyond that is
// dropped whole.
constexpr std::int64_t kPatiencePerByte = 8;
constexpr std::int64_t kMaxPatience = 256 * 1024;

constexpr std::array<std::uint8_t, 256> makeCrc8Table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1;
    table[i] = static_cast<std::uint8_t>(crc);
  }
  return table;
}

constexpr auto kCrc8 = makeCrc8Table();

// `header` points at kFrameHeader bytes.
std::uint8_t headerCheck(const std::uint8_t* header) {
  std::uint8_t crc = kCrc8[0xFF ^ header[2]];  // starts from all ones: zeros are no header
  for (int i = 4; i < 8; ++i) crc = kCrc8[crc ^ header[i]];
  return crc;
}

std::uint16_t load16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}

bool goodHeader(const std::uint8_t* header) {
  return header[0] == kMarker0 && header[1] == kMarker1 && header[3] == headerCheck(header) &&
         header[2] >> 4 <= static_cast<int>(FrameKind::Ask) && (header[2] & 7) < kChannels;
}

std::size_t frameSize(const std::uint8_t* header) { return kFrameOverhead + load16(header + 4); }

/// Where the next marker, or the beginning of one at the very end, is.
std::size_t findMarker(base::Bytes bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const void* hit = std::memchr(bytes.data() + at, kMarker0, bytes.size() - at);
    if (!hit) return bytes.size();
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(hit) - bytes.data());
    if (at + 1 == bytes.size() || bytes[at + 1] == kMarker1) return at;
    ++at;
  }
  return bytes.size();
}

}  // namespace

void sealFrame(std::vector<std::uint8_t>& frame, const FrameHead& head, std::uint32_t salt) {
  assert(frame.size() >= kFrameHeader && frame.size() - kFrameHeader <= kMaxPayload);
  const std::size_t length = frame.size() - kFrameHeader;
  frame[0] = kMarker0;
  frame[1] = kMarker1;
  frame[2] = static_cast<std::uint8_t>(static_cast<unsigned>(head.kind) << 4 |
                                       (head.more ? 8U : 0U) | static_cast<unsigned>(head.channel));
  frame[4] = static_cast<std::uint8_t>(length);
  frame[5] = static_cast<std::uint8_t>(length >> 8);
  frame[6] = static_cast<std::uint8_t>(head.sequence);
  frame[7] = static_cast<std::uint8_t>(head.sequence >> 8);
  frame[3] = headerCheck(frame.data());
  base::ByteWriter(frame).u32(crc32c(salt, base::Bytes(frame).subspan(2)));
}

bool FrameParser::check(base::Bytes frame, FrameView& view) {
  view.head.kind = static_cast<FrameKind>(frame[2] >> 4);
  view.head.more = (frame[2] & 8) != 0;
  view.head.channel = static_cast<Channel>(frame[2] & 7);
  view.head.sequence = load16(&frame[6]);
  view.payload = frame.subspan(kFrameHeader, frame.size() - kFrameOverhead);
  const base::Bytes covered = frame.subspan(2, frame.size() - 2 - kFrameTrailer);
  base::ByteReader trailer(frame.last(kFrameTrailer));
  const std::uint32_t untrustedCheck = trailer.u32();
  const auto fits = [&](std::optional<std::uint32_t> salt) {
    return salt && crc32c(*salt, covered) == untrustedCheck;
  };
  if (view.head.kind == FrameKind::Hello) return fits(kHelloSalt);
  if (fits(session_)) return true;
  view.byCandidate = fits(candidate_);
  return view.byCandidate;
}

std::size_t FrameParser::parse(base::Bytes bytes, Receiver& receiver) {
  std::size_t at = 0;
  const auto discard = [&](std::size_t count) {
    at += count;
    garbageBytes_ += count;
  };
  for (;;) {
    discard(findMarker(bytes.subspan(at)));
    const base::Bytes rest = bytes.subspan(at);
    if (rest.size() < kFrameHeader) return at;
    if (!goodHeader(rest.data())) {
      discard(1);
      continue;
    }
    const std::size_t size = frameSize(rest.data());
    if (rest.size() < size) return at;
    FrameView view;
    if (check(rest.first(size), view)) {
      at += size;
      receiver.onFrame(view);
      continue;
    }
    receiver.onDamagedFrame();
    const auto cost = static_cast<std::int64_t>(size);
    discard(patience_ >= cost ? 1 : size);
    patience_ = std::max<std::int64_t>(patience_ - cost, 0);
  }
}

void FrameParser::feed(base::Bytes bytes, Receiver& receiver) {
  patience_ = std::min(patience_ + kPatiencePerByte * static_cast<std::int64_t>(bytes.size()),
                       kMaxPatience);
  // What is held is completed with just the bytes that it lacks; all else is parsed where it lies.
  while (!held_.empty() && !bytes.empty()) {
    const bool haveHeader = held_.size() >= kFrameHeader;
    const std::size_t wanted = haveHeader ? frameSize(held_.data()) : kFrameHeader;
    const std::size_t count = std::min(wanted - held_.size(), bytes.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (held_.size() < wanted) return;
    const std::size_t used = parse(held_, receiver);
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(used));
  }
  if (bytes.empty()) return;
  const std::size_t used = parse(bytes, receiver);
  held_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
}

void FrameParser::giveUp(Receiver& receiver) {
  if (held_.empty()) return;
  ++garbageBytes_;
  const std::size_t used = 1 + parse(base::Bytes(held_).subspan(1), receiver);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(used));
}

}  // namespace lucarne::link
