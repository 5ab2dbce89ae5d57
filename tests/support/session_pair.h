// SPDX-License-Identifier: Apache-2.0
// Two sessions with two FakeLines between them, in simulated time.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "link/session.h"
#include "tests/support/fake_line.h"

namespace lucarne::test {

struct Received {
  link::Channel channel;
  std::vector<std::uint8_t> message;
  base::TimePoint at;
  friend bool operator==(const Received& a, const Received& b) {
    return a.channel == b.channel && a.message == b.message;
  }
};

/// Writes down what it hears.
class RecordingListener : public link::SessionListener {
 public:
  explicit RecordingListener(const base::Clock& clock) : clock_(clock) {}

  void onUp(const link::Peer& peer) override {
    peers.push_back(peer);
    upAt = clock_.now();
    if (whenUp) whenUp();
  }
  void onDown(const std::string& words) override { downs.push_back(words); }
  void onMessage(link::Channel channel, base::Bytes message) override {
    received.push_back({channel, {message.begin(), message.end()}, clock_.now()});
    if (whenMessage) whenMessage(received.back());
  }
  void onQuiet(bool quiet) override { quiets.push_back(quiet); }
  void onRefused(const std::string& words) override { refusals.push_back(words); }

  std::vector<link::Peer> peers;
  std::vector<std::string> downs;
  std::vector<Received> received;
  std::vector<bool> quiets;
  std::vector<std::string> refusals;
  base::TimePoint upAt{};
  std::function<void()> whenUp;
  std::function<void(const Received&)> whenMessage;

 private:
  const base::Clock& clock_;
};

/// One end: a session and who listens to it. `restart` is what SIGKILL and a new start do.
class SimulatedEnd {
 public:
  SimulatedEnd(const base::Clock& clock, link::Introduction introduction, std::uint64_t seed)
      : listener(clock), clock_(clock), introduction_(std::move(introduction)), seed_(seed) {
    restart();
  }

  void restart() {
    session = std::make_unique<link::Session>(introduction_, seed_++, listener, clock_);
    session->lineUp(traits);
  }
  void stop() { session.reset(); }

  RecordingListener listener;
  link::LineTraits traits;
  std::unique_ptr<link::Session> session;
  int wakeUps = 0;  ///< how often bytes or a deadline came

 private:
  const base::Clock& clock_;
  link::Introduction introduction_;
  std::uint64_t seed_;
};

class SessionPair {
 public:
  static constexpr base::Duration kStep = std::chrono::microseconds(250);

  explicit SessionPair(std::uint64_t seed = 1)
      : a(clock, {.role = link::Role::Guest, .capabilities = 0xA, .name = "guest"},
          seed * 1000 + 1),
        b(clock, {.role = link::Role::Panel, .capabilities = 0xB, .name = "panel"},
          seed * 1000 + 501),
        toB(clock, seed * 2),
        toA(clock, seed * 2 + 1) {}

  void behave(const LineHabit& habit) {
    toA.behave(habit);
    toB.behave(habit);
  }

  /// Lets simulated time pass.
  void run(base::Duration duration) {
    const base::TimePoint end = clock.now() + duration;
    while (clock.now() < end) turn();
  }
  /// Lets time pass until `done`, at most `most`; answers whether it was done.
  bool runUntil(const std::function<bool()>& done, base::Duration most) {
    const base::TimePoint end = clock.now() + most;
    while (!done() && clock.now() < end) turn();
    return done();
  }
  /// Both are up, and with each other.
  bool bothUp() const {
    return a.session && b.session && a.session->isUp() && b.session->isUp() &&
           a.session->peer().instance == b.session->instance() &&
           b.session->peer().instance == a.session->instance();
  }
  bool connect() {
    return runUntil([this] { return bothUp(); }, std::chrono::seconds(2));
  }

  base::ManualClock clock;
  SimulatedEnd a;
  SimulatedEnd b;
  FakeLine toB;
  FakeLine toA;

 private:
  void turn() {
    drive(a, toA, toB);
    drive(b, toB, toA);
    clock.advance(kStep);
  }

  void drive(SimulatedEnd& end, FakeLine& in, FakeLine& out) {
    if (!end.session) {
      in.read();  // nobody reads: gone
      return;
    }
    bool woken = false;
    for (auto bytes = in.read(); !bytes.empty(); bytes = in.read()) {
      woken = true;
      end.session->receive(bytes);
    }
    if (clock.now() >= end.session->deadline()) {
      woken = true;
      end.session->tick();
    }
    end.wakeUps += woken ? 1 : 0;
    std::array<base::Bytes, 16> slots;
    while (end.session->hasOutput()) {
      const std::size_t filled = end.session->gather(slots);
      if (filled == 0) break;
      std::size_t taken = 0;
      bool full = false;
      for (std::size_t i = 0; i < filled && !full; ++i) {
        const std::size_t count = out.write(slots[i]);
        taken += count;
        full = count < slots[i].size();
      }
      end.session->sent(taken);
      if (full) break;
    }
  }
};

inline std::vector<std::uint8_t> bytesOf(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace lucarne::test
