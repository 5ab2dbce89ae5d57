// SPDX-License-Identifier: Apache-2.0
// The source against peers that are no SPICE servers; the real ones are in tests/integration.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <string>

#include "display-relay/endpoint.h"
#include "tests/support/fd_leak_check.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

struct SpiceSourceTest : testing::Test {
  test::TempDir folder;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  RelayOptions options{.name = "vm"};
  surface::Screen screen;
  std::string path = folder.path() + "/spice.sock";
  base::UniqueFd listener;

  void listen() {
    listener =
        base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    ASSERT_EQ(::listen(listener.get(), 8), 0);
  }

  // Turns the loop until a connection comes; it is answered with `words` and closed.
  void answerWith(const std::string& words) {
    base::UniqueFd connection;
    turnUntil([&] {
      connection = base::UniqueFd::adopt(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      return static_cast<bool>(connection);
    });
    // The client may have hung up on the first words already.
    (void)::send(connection.get(), words.data(), words.size(), MSG_NOSIGNAL);
  }

  template <typename Condition>
  void turnUntil(Condition condition) {
    bool late = false;
    const auto patience = loop.after(std::chrono::seconds(20), [&late] { late = true; });
    const auto tick = loop.every(std::chrono::milliseconds(1), [] {});
    while (!late && !condition()) loop.turn(true);
    EXPECT_FALSE(late);
  }

  std::unique_ptr<Source> make(const std::string& tail = "") {
    return createSource("spice+unix:" + path + tail, options, screen, context);
  }
};

TEST_F(SpiceSourceTest, TellsMistakesInItsAddressAtOnce) {
  for (const char* wrong :
       {"spice+unix:/x,display=", "spice+unix:/x,display=-1", "spice+unix:/x,display=1x",
        "spice+unix:/x,display=256", "spice+,display=1", "spice+nowhere:x", "spice:"}) {
    EXPECT_THROW(createSource(wrong, options, screen, context), base::UsageError) << wrong;
  }
  EXPECT_NO_THROW(createSource("spice+unix:/x,display=255", options, screen, context));
}

TEST_F(SpiceSourceTest, SaysInWordsThatNobodyIsThere) {
  const auto source = make();

  source->start();
  turnUntil([this] { return screen.phaseWords().find("trying again") != std::string::npos; });

  EXPECT_EQ(screen.phase(), surface::Phase::Waiting);
}

TEST_F(SpiceSourceTest, TriesAgainAfterAPeerThatTalksNonsense) {
  listen();
  const auto source = make();
  source->start();

  answerWith("RFB 003.008\n" + std::string(4096, '\xff'));
  answerWith("REDQ" + std::string(12, '\xff'));
  answerWith(std::string("REDQ\2\0\0\0\2\0\0\0\xff\xff\xff\x7f", 16));
  answerWith(std::string("REDQ\2\0\0\0\2\0\0\0\0\0\0\0", 16));
  answerWith("");

  turnUntil([this] { return screen.phaseWords().find("trying again") != std::string::npos; });
}

TEST_F(SpiceSourceTest, NeedsItsPasswordFile) {
  options.passwordFile = folder.path() + "/absent";
  const auto source = make();

  source->start();

  EXPECT_NE(screen.phaseWords().find("absent"), std::string::npos) << screen.phaseWords();
}

TEST_F(SpiceSourceTest, LeavesNoDescriptorBehindWhenItEndsInTheMiddle) {
  listen();
  {
    const auto warmUp = make();
    warmUp->start();
    answerWith("REDQ");
  }
  turnUntil([turns = 0]() mutable { return ++turns > 20; });
  const test::FdLeakCheck leaks;

  for (int i = 0; i < 3; ++i) {
    const auto source = make();
    source->start();
    answerWith("REDQ");
  }
  turnUntil([turns = 0]() mutable { return ++turns > 20; });

  EXPECT_EQ(leaks.leaked(), "");
}

}  // namespace
}  // namespace lucarne::relay
