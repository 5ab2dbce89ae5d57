// SPDX-License-Identifier: Apache-2.0
// Somebody in another domain means ill: floods, garbage, devices that cannot be. The built program
// must refuse in words, stay small and go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>

#include "input-broker/messages.h"
#include "link/link_end.h"
#include "tests/support/child_program.h"
#include "tests/support/umockdev/mock_bench.h"

namespace lucarne::input {
namespace {

using test::ChildProgram;

/// The other end of a link, which says what it is told to.
class Peer : public link::LinkListener {
 public:
  Peer(const std::string& transport, link::Role role, const base::Context& context)
      : end(link::createTransport(transport, context), {.role = role, .name = "ill"}, *this, context) {
    end.start();
  }
  void onUp(const link::Peer&) override {}
  void onDown(const std::string&) override {}
  void onMessage(link::Channel, base::Bytes) override { ++messages; }

  bool say(const std::vector<std::uint8_t>& bytes) { return end.send(link::Channel::Input, bytes); }

  int messages = 0;
  link::LinkEnd end;
};

class HostilePeer : public testing::Test {
 protected:
  HostilePeer() {
    char folder[] = "/tmp/lucarne-ill-XXXXXX";
    folder_ = ::mkdtemp(folder);
    socket_ = folder_ + "/link";
  }
  ~HostilePeer() override { std::filesystem::remove_all(folder_); }

  // Its log comes with its output.
  std::unique_ptr<ChildProgram> start(const std::string& arguments,
                                      std::vector<std::string> environment = {}) {
    return std::make_unique<ChildProgram>(
        std::vector<std::string>{"/bin/sh", "-c",
                                 std::string("exec " LUCARNE_INPUT " ") + arguments + " 2>&1"},
        environment);
  }
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(30), [&late] { late = true; });
    const auto tick = loop_.every(std::chrono::milliseconds(10), [] {});
    while (!so() && !late) loop_.turn(true);
    return so();
  }
  bool settled(Peer& peer) {
    return until([&] { return peer.end.queuedBytes(link::Channel::Input) == 0; });
  }
  static double residentMiB(const ChildProgram& program) {
    std::ifstream status("/proc/" + std::to_string(program.process()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
    }
    return 0;
  }
  static std::vector<std::uint8_t> bytesOf(const message::Message& message) {
    std::vector<std::uint8_t> bytes;
    message::encode(message, bytes);
    return bytes;
  }
  static Description mouse(const std::string& name) {
    Description d;
    d.name = name;
    d.keys.set(BTN_LEFT);
    d.relatives.set(REL_X);
    d.relatives.set(REL_Y);
    return d;
  }

  std::string folder_, socket_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
};

TEST_F(HostilePeer, ClaimsMoreSlotsThanThereCanBe) {
  const auto inject = start("inject unix-listen:" + socket_ + " --all --print");
  Peer peer("unix:" + socket_, link::Role::Panel, context_);
  ASSERT_TRUE(until([&] { return peer.end.isUp(); }));
  Description panel;
  panel.name = "A lie";
  panel.properties.set(INPUT_PROP_DIRECT);
  panel.keys.set(BTN_TOUCH);
  panel.axes = {{ABS_X, 0, 100}, {ABS_Y, 0, 100}, {ABS_MT_SLOT, 0, 65534},
                {ABS_MT_POSITION_X, 0, 100}, {ABS_MT_POSITION_Y, 0, 100}};

  peer.say(bytesOf(message::Device{3, panel}));
  peer.say(bytesOf(message::Device{4, mouse("Honest")}));
  peer.say(bytesOf(message::Frame{4, 0, {{EV_REL, REL_X, 5}}}));
  ASSERT_TRUE(settled(peer));

  EXPECT_TRUE(inject->waitFor("65535 slots; 256 at most"));
  EXPECT_TRUE(inject->waitFor("Honest\t2 0 5"));
}

TEST_F(HostilePeer, SendsGarbageInsideASession) {
  const auto inject = start("inject unix-listen:" + socket_ + " --all --print");
  Peer peer("unix:" + socket_, link::Role::Panel, context_);
  ASSERT_TRUE(until([&] { return peer.end.isUp(); }));
  std::minstd_rand random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> bytes(1 + random() % 60);
    for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random());
    bytes[0] = static_cast<std::uint8_t>(random() % 8);
    ASSERT_TRUE(peer.say(bytes));
  }
  ASSERT_TRUE(settled(peer));

  peer.say(bytesOf(message::Device{4, mouse("Honest")}));
  peer.say(bytesOf(message::Frame{4, 0, {{EV_REL, REL_X, 5}}}));

  ASSERT_TRUE(until([&] { return peer.end.queuedBytes(link::Channel::Input) == 0; }));
  EXPECT_TRUE(inject->waitFor("Honest\t2 0 5", 30'000));
}

TEST_F(HostilePeer, FloodsWithDevicesAndFrames) {
  const auto inject = start("inject unix-listen:" + socket_ + " --pointer --print --log-level error");
  Peer peer("unix:" + socket_, link::Role::Panel, context_);
  ASSERT_TRUE(until([&] { return peer.end.isUp(); }));
  const double before = residentMiB(*inject);
  message::Frame frame{9, 0, std::vector<RawEvent>(1024, RawEvent{EV_REL, REL_X, 1})};
  const auto large = bytesOf(frame);
  for (int i = 0; i < 300; ++i) {
    const auto id = static_cast<std::uint8_t>(i % 64);
    while (!peer.say(bytesOf(message::Device{id, mouse("Mouse " + std::to_string(i))}))) {
      loop_.turn(true);
    }
    while (!peer.say(large)) loop_.turn(true);
    // Nobody reads what it prints either, until the pipe is full: keep it going.
    while (!inject->line(0).empty()) {
    }
  }
  const double after = residentMiB(*inject);

  EXPECT_LT(after, before + 64) << "before " << before << " MiB";
  inject->signal(SIGTERM);
  while (!inject->line(2000).empty()) {
  }
  EXPECT_EQ(inject->wait(), 0);
}

TEST_F(HostilePeer, ConnectsAndGoesAHundredTimes) {
  test::MockBench bench;
  bench.plug(3, "mouse");
  const auto broker =
      start("run --outlet link+unix-listen:" + socket_ + " --log-level error", bench.environment());
  for (int i = 0; i < 100; ++i) {
    Peer peer("unix:" + socket_, link::Role::Guest, context_);
    const auto end = clock_.now() + std::chrono::milliseconds(i % 7 * 3);
    while (clock_.now() < end) loop_.turn(false);
    if (peer.end.isUp()) peer.say({65, 255, 255, 255});
  }

  Peer peer("unix:" + socket_, link::Role::Guest, context_);
  ASSERT_TRUE(until([&] { return peer.messages >= 3; })) << "hello, device, ready";
  broker->signal(SIGTERM);
  EXPECT_EQ(broker->wait(), 0);
}

TEST_F(HostilePeer, FloodsTheBrokerWithLights) {
  test::MockBench bench;
  bench.plug(6, "keyboard");
  const auto broker =
      start("run --outlet link+unix-listen:" + socket_ + " --log-level error", bench.environment());
  Peer peer("unix:" + socket_, link::Role::Guest, context_);
  ASSERT_TRUE(until([&] { return peer.messages >= 3; }));
  const double before = residentMiB(*broker);
  std::minstd_rand random(2);
  for (int i = 0; i < 50'000; ++i) {
    const auto light = bytesOf(message::Leds{static_cast<std::uint8_t>(random() % 64),
                                             static_cast<std::uint16_t>(random())});
    while (!peer.say(light)) loop_.turn(true);
  }
  ASSERT_TRUE(settled(peer));

  EXPECT_LT(residentMiB(*broker), before + 32);
  const int heard = peer.messages;
  bench.emit(6, "EV_KEY KEY_A 1");
  EXPECT_TRUE(until([&] { return peer.messages > heard; })) << "and still delivers";
}

}  // namespace
}  // namespace lucarne::input
