// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/qmp.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace lucarne::relay::qemu {
namespace {

struct QmpRequestTest : testing::Test {
  QmpRequestTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    monitor = base::UniqueFd::adopt(ends[0]);
    qemu = base::UniqueFd::adopt(ends[1]);
    base::setNonBlocking(monitor);
    base::setNonBlocking(qemu);
  }
  void start() {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    display = base::UniqueFd::adopt(ends[0]);
    request.emplace(std::move(monitor), base::UniqueFd::adopt(ends[1]), loop,
                    [this](base::Result<void> r) { result = r; });
  }
  void say(const std::string& line) {
    ASSERT_EQ(::write(qemu.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    while (loop.turn(false)) {
    }
  }
  // What was asked since the last call, and whether a descriptor came with it.
  std::string heard() {
    char bytes[4096];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec part{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(qemu.get(), &message, MSG_CMSG_CLOEXEC);
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header), sizeof number);
      received = base::UniqueFd::adopt(number);
    }
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : "";
  }

  base::Loop loop;
  base::UniqueFd monitor;
  base::UniqueFd qemu;
  base::UniqueFd display;   // our end of the socket whose other end QEMU gets
  base::UniqueFd received;  // that other end
  std::optional<QmpRequest> request;
  std::optional<base::Result<void>> result;
};

constexpr const char* kGreeting = R"({"QMP": {"version": {}, "capabilities": []}})" "\n";
constexpr const char* kDone = R"({"return": {}})" "\n";
constexpr const char* kEvent = R"({"event": "RESUME"})" "\n";

TEST_F(QmpRequestTest, HandsTheDescriptorOver) {
  start();

  say(kGreeting);
  EXPECT_NE(heard().find("qmp_capabilities"), std::string::npos);
  say(std::string(kEvent) + kDone);
  EXPECT_NE(heard().find("getfd"), std::string::npos);
  EXPECT_TRUE(received);
  say(kDone);
  EXPECT_NE(heard().find("@dbus-display"), std::string::npos);
  EXPECT_FALSE(result.has_value());
  say(kDone);

  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value());
}

TEST_F(QmpRequestTest, KeepsNothingOpenWhenItIsDone) {
  start();
  say(kGreeting);
  heard();
  say(kDone);
  heard();
  say(kDone);
  heard();
  say(kDone);
  ASSERT_TRUE(result.has_value());
  char byte = 0;

  EXPECT_EQ(::read(qemu.get(), &byte, 1), 0) << "the monitor serves one client at a time";
  received.reset();  // QEMU ends
  EXPECT_EQ(::read(display.get(), &byte, 1), 0) << "its end would be noticed";
}

TEST_F(QmpRequestTest, TellsWhatQemuRefused) {
  start();
  say(kGreeting);

  say(R"({"error": {"class": "GenericError", "desc": "no D-Bus display here"}})" "\n");

  ASSERT_TRUE(result.has_value());
  ASSERT_FALSE(result->has_value());
  EXPECT_NE(result->error().message.find("no D-Bus display here"), std::string::npos);
}

TEST_F(QmpRequestTest, DoesNotCollectALineWithoutEnd) {
  start();

  for (int i = 0; i < 80 && !result; ++i) say(std::string(1024, 'x'));

  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
}

TEST_F(QmpRequestTest, NoticesThatQemuWent) {
  start();

  qemu.reset();
  while (loop.turn(false)) {
  }

  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
}

TEST(QmpLine, RefusesWhatIsNoObject) {
  for (const char* line : {"", "[]", "3", "\"x\"", "{", "{\"QMP\":}", "\xff\xfe"}) {
    EXPECT_FALSE(parseQmpLine(line)) << line;
  }
  EXPECT_FALSE(parseQmpLine(R"({"error": 3})"));
  EXPECT_FALSE(parseQmpLine(R"({"error": {"desc": 3}})"));
}

}  // namespace
}  // namespace lucarne::relay::qemu
