// SPDX-License-Identifier: Apache-2.0
// Two sessions and a line between them that does to the bytes what the input says: whatever arrives
// is what was sent, in order, without a gap, for as long as a session lasts; and when the line
// behaves again, both are up and all of it arrives.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "link/session.h"

namespace {

using namespace lucarne;
using std::chrono::milliseconds;

void require(bool condition) {
  if (!condition) std::abort();
}

struct End : link::SessionListener {
  End(link::Role role, std::uint64_t seed, const base::Clock& clock)
      : session({.role = role}, seed, *this, clock) {
    session.lineUp();
  }
  void onUp(const link::Peer&) override { sent = received = 0; }
  void onDown(const std::string&) override {}
  void onMessage(link::Channel channel, base::Bytes message) override {
    require(channel == link::Channel::Input && message.size() == 2);
    require((message[0] | message[1] << 8) == (received++ & 0xFFFF));
  }
  void say() {
    const std::uint8_t number[2] = {static_cast<std::uint8_t>(sent),
                                    static_cast<std::uint8_t>(sent >> 8)};
    if (session.send(link::Channel::Input, number)) ++sent;
  }
  std::vector<std::uint8_t> written() {
    std::vector<std::uint8_t> bytes;
    std::array<base::Bytes, 16> slots;
    while (session.hasOutput()) {
      const std::size_t filled = session.gather(slots);
      if (filled == 0) break;
      std::size_t count = 0;
      for (std::size_t i = 0; i < filled; ++i) {
        bytes.insert(bytes.end(), slots[i].begin(), slots[i].end());
        count += slots[i].size();
      }
      session.sent(count);
    }
    return bytes;
  }
  link::Session session;
  int sent = 0;
  int received = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ManualClock clock;
  End guest(link::Role::Guest, 1, clock);
  End panel(link::Role::Panel, 2, clock);
  base::ByteReader input(base::Bytes(data, std::min<std::size_t>(size, 2000)));

  const auto carry = [&](End& from, End& to, std::uint8_t what) {
    std::vector<std::uint8_t> bytes = from.written();
    if (!bytes.empty() && (what & 7) != 0) {
      const std::size_t at = input.u16() % bytes.size();
      const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      if (what & 1) *where ^= static_cast<std::uint8_t>(1U << (what >> 5));
      if (what & 2) bytes.insert(where, bytes.begin(), where);  // doubled
      if (what & 4) bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
    }
    if (what & 8) from.session.receive(bytes);  // echoed
    to.session.receive(bytes);
  };
  const auto turn = [&](std::uint8_t there, std::uint8_t back) {
    carry(guest, panel, there);
    carry(panel, guest, back);
    clock.advance(milliseconds(1));
    guest.session.tick();
    panel.session.tick();
  };

  while (input.left() > 0) {
    const std::uint8_t action = input.u8();
    if (action & 1) guest.say();
    if (action & 2) panel.say();
    if ((action & 0xFC) == 0xF0) panel.session.lineUp();
    if ((action & 0xFC) == 0xF4) clock.advance(milliseconds(100));
    turn(input.u8(), input.u8());
  }
  const auto settled = [&] {
    return guest.session.isUp() && panel.session.isUp() && guest.received == panel.sent &&
           panel.received == guest.sent;
  };
  for (int i = 0; i < 4000 && !settled(); ++i) turn(0, 0);
  for (int i = 0; i < 20; ++i) turn(0, 0);  // and stays so
  require(guest.session.isUp() && panel.session.isUp());
  require(guest.received == panel.sent && panel.received == guest.sent);
  return 0;
}
