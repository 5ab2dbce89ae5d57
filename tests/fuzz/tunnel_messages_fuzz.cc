// SPDX-License-Identifier: Apache-2.0
// A peer that says anything. Each message, if it parses, must come out the same when it is written
// and parsed again; and a multiplexer that hears them all must neither crash nor hold more than its
// bounds, whatever its local ends do meanwhile.
//
//   input = { u8 action, then for 0..5: u8 n, n bytes of a message; others drive the local ends }
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/tunnel/fake_local_end.h"
#include "tunnel/multiplexer.h"

namespace {

using namespace lucarne;
using namespace lucarne::tunnel;

void roundTrip(base::Bytes untrusted) {
  const auto message = parseMessage(untrusted);
  if (!message) return;
  std::vector<std::uint8_t> once, twice;
  encode(*message, once);
  const auto again = parseMessage(once);
  if (!again || again->stream.number != message->stream.number ||
      again->stream.opener == message->stream.opener) {
    std::abort();
  }
  encode(*again, twice);
  if (once.size() != twice.size() || !std::equal(once.begin() + 1, once.end(), twice.begin() + 1)) {
    std::abort();
  }
}

struct Victim : Services {
  Victim(const Secret* secret, const base::Clock& clock) : mux(*this, secret, clock) { mux.up(); }
  bool offers(const std::string& name) override { return name != "none"; }
  void onOpen(StreamId stream, const std::string& name) override {
    if (name == "refused") return mux.refuse(stream, "no");
    if (name == "later") return;
    mux.accept(stream, connect());
  }
  void onOver(StreamId, const std::string&) override {}
  void onOutput() override {}
  std::unique_ptr<LocalEnd> connect() {
    programs.push_back(std::make_unique<test::FakeProgram>());
    return std::make_unique<test::FakeLocalEnd>(*programs.back());
  }
  std::vector<std::unique_ptr<test::FakeProgram>> programs;
  Multiplexer mux;
};

void drive(test::FakeProgram& program, std::uint8_t how) {
  switch (how % 6) {
    case 0: program.send(std::vector<std::uint8_t>(how * 10, how)); break;
    case 1: program.close(); break;
    case 2: program.broken = true; break;
    case 3: program.room = how; break;
    case 4: program.take(how * 100); break;
    default: program.halves = false; break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader input(base::Bytes(data, std::min<std::size_t>(size, 8192)));
  base::ManualClock clock;
  static const Secret secret("an example of a secret");
  Victim victim((input.u8() & 1) != 0 ? &secret : nullptr, clock);
  std::vector<std::uint8_t> out;
  while (input.left() > 0) {
    const std::uint8_t action = input.u8();
    const std::uint8_t value = input.u8();
    if (action < 6) {
      const base::Bytes message = input.take(std::min<std::size_t>(value, input.left()));
      roundTrip(message);
      (void)victim.mux.receive(message);
    } else if (action < 9 && victim.mux.hasRoom()) {
      victim.mux.open("ours", victim.connect());
    } else if (action < 64 && !victim.programs.empty()) {
      drive(*victim.programs[value % victim.programs.size()], value);
    } else if (action < 128) {
      out.clear();
      victim.mux.nextPiece(100 + value, out);
      if (out.size() > 100u + value) std::abort();
    } else if (action == 255) {
      clock.advance(std::chrono::seconds(value));
      victim.mux.tick();
    }
    if (victim.mux.streams() > 2 * Multiplexer::kMostStreams) std::abort();
    if (victim.mux.waitingBytes() > victim.mux.streams() * Multiplexer::kWindow) std::abort();
  }
  return 0;
}
