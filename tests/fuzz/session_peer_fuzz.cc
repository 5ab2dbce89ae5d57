// SPDX-License-Identifier: Apache-2.0
// A hostile peer that knows the session: it says a proper hello, seals its frames with the right
// salt and puts into them whatever the input says. Nothing may crash, hang, or grow without bound.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "link/session.h"

namespace {

using namespace lucarne;
using std::chrono::milliseconds;

constexpr std::uint64_t kHostile = 0x777700000001;

struct Feeding : link::Feed {
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    out.insert(out.end(), std::min<std::size_t>(maxBytes, 1000), 0xAB);
    return ++pieces % 7 != 0;
  }
  int pieces = 0;
};

struct Victim : link::SessionListener {
  explicit Victim(const base::Clock& clock)
      : session({.role = link::Role::Panel}, 1, *this, clock) {
    session.setFeed(link::Channel::Screen, &feed);
    session.lineUp();
  }
  void onUp(const link::Peer&) override { greet(); }
  void onDown(const std::string&) override {}
  void onMessage(link::Channel channel, base::Bytes message) override {
    if (message.size() > link::kMaxMessage) std::abort();
    if (message.size() % 3 == 0 && !message.empty()) session.send(channel, message.first(1));
  }
  void greet() {
    const std::uint8_t hello[] = {1, 2, 3};
    session.send(link::Channel::Control, hello);
  }
  link::Session session;
  Feeding feed;
};

std::uint32_t salt(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint8_t> both;
  base::ByteWriter(both).u64(from).u64(to);
  return link::crc32c(0, both);
}

std::vector<std::uint8_t> sealed(link::FrameHead head, base::Bytes payload, std::uint32_t salted) {
  std::vector<std::uint8_t> frame(link::kFrameHeader);
  frame.insert(frame.end(), payload.begin(), payload.end());
  link::sealFrame(frame, head, salted);
  return frame;
}

void drain(link::Session& session) {
  std::array<base::Bytes, 16> slots;
  for (int i = 0; i < 200 && session.hasOutput(); ++i) {
    const std::size_t filled = session.gather(slots);
    if (filled == 0) return;
    std::size_t count = 0;
    for (std::size_t s = 0; s < filled; ++s) count += slots[s].size();
    session.sent(i % 5 == 4 ? count / 2 : count);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ManualClock clock;
  Victim victim(clock);
  base::ByteReader input(base::Bytes(data, std::min<std::size_t>(size, 20'000)));
  while (input.left() > 0) {
    const std::uint8_t action = input.u8();
    const std::uint8_t kind = action & 7;
    const std::uint8_t head = input.u8();
    const std::uint16_t sequence = input.u16();
    std::vector<std::uint8_t> payload;
    if (kind == 0) {  // a hello that names the victim, its other fields from the input
      base::ByteWriter(payload)
          .u8(head & 0x0F ? 1 : head)
          .u8(head >> 6)
          .u8(head)
          .u8(action)
          .u32(sequence)
          .u64(head & 0x10 ? kHostile + sequence : kHostile)
          .u64(head & 0x20 ? sequence : victim.session.instance());
    }
    const base::Bytes more = input.take(std::min<std::size_t>(input.left(), action >> 3));
    payload.insert(payload.end(), more.begin(), more.end());
    if (head & 0x80)
      payload.resize(std::min<std::size_t>(payload.size() * 1500, link::kMaxPayload));
    if (kind == 6) {
      clock.advance(milliseconds(sequence));
    } else if (kind == 7) {
      victim.session.receive(payload);
    } else {
      victim.session.receive(sealed(
          {.kind = static_cast<link::FrameKind>(kind),
           .more = (head & 0x40) != 0,
           .channel = static_cast<link::Channel>(head % link::kChannels),
           .sequence = sequence},
          payload, kind == 0 ? link::kHelloSalt : salt(kHostile, victim.session.instance())));
    }
    if (clock.now() >= victim.session.deadline()) victim.session.tick();
    drain(victim.session);
  }
  return 0;
}
