// SPDX-License-Identifier: Apache-2.0
#include "bench/fake_input.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"

namespace lucarne::bench {

namespace {

constexpr std::uint8_t kQueryExtension = 98;
constexpr std::uint8_t kFakeInputRequest = 2;  // of XTEST
constexpr std::uint8_t kKeyPress = 2;
constexpr std::uint8_t kKeyRelease = 3;
constexpr std::uint8_t kButtonPress = 4;
constexpr std::uint8_t kButtonRelease = 5;
constexpr std::uint8_t kMotionNotify = 6;
constexpr std::uint8_t kLeftButton = 1;
constexpr std::size_t kReplyBytes = 32;
// An answer that takes longer means that nobody is there.
constexpr timeval kPatience{10, 0};

[[noreturn]] void fail(const char* what) {
  throw base::SetupError(fmt::format("the X server {}: {}", what, std::strerror(errno)));
}

void sendAll(const base::UniqueFd& server, const std::vector<std::uint8_t>& bytes) {
  const ssize_t sent = ::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) fail("took no request");
}

std::vector<std::uint8_t> receive(const base::UniqueFd& server, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t got = 0; got < count;) {
    const ssize_t more = ::recv(server.get(), bytes.data() + got, count - got, 0);
    if (more <= 0) fail("did not answer");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

base::UniqueFd connectTo(const std::string& display) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/tmp/.X11-unix/X" + display.substr(1);
  if (path.size() >= sizeof address.sun_path) throw base::SetupError("no such display: " + display);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  auto fd = base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    fail("cannot be reached");
  }
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  return fd;
}

// Little-endian, protocol 11.0, no authority.
void shakeHands(const base::UniqueFd& server) {
  sendAll(server, {'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const std::vector<std::uint8_t> head = receive(server, 8);
  base::ByteReader in(head);
  const bool success = in.u8() == 1;
  in.skip(5);
  receive(server, std::size_t{in.u16()} * 4);
  if (!success) throw base::SetupError("the X server lets nobody in without authority");
}

std::uint8_t findTest(const base::UniqueFd& server) {
  std::vector<std::uint8_t> request;
  base::ByteWriter(request)
      .u8(kQueryExtension)
      .u8(0)
      .u16(4)
      .u16(5)
      .u16(0)
      .text("XTEST")
      .u8(0)
      .u16(0);
  sendAll(server, request);
  const std::vector<std::uint8_t> reply = receive(server, kReplyBytes);
  base::ByteReader in(reply);
  const bool isReply = in.u8() == 1;
  in.skip(7);
  const bool present = in.u8() == 1;
  if (!isReply || !present) throw base::SetupError("the X server has no XTEST");
  return in.u8();
}

}  // namespace

FakeInput::FakeInput(const std::string& display) : server_(connectTo(display)) {
  shakeHands(server_);
  testOpcode_ = findTest(server_);
}

void FakeInput::pressKey(std::uint8_t keycode) { fake(kKeyPress, keycode, {}); }
void FakeInput::releaseKey(std::uint8_t keycode) { fake(kKeyRelease, keycode, {}); }
void FakeInput::movePointer(surface::GuestPoint at) { fake(kMotionNotify, 0, at); }
void FakeInput::click() {
  fake(kButtonPress, kLeftButton, {});
  fake(kButtonRelease, kLeftButton, {});
}

// opcode, minor, length in words, type, detail, pad 2, time 4, root 4, pad 8, x 2, y 2, pad 7,
// device
void FakeInput::fake(std::uint8_t type, std::uint8_t detail, surface::GuestPoint at) {
  std::vector<std::uint8_t> request;
  base::ByteWriter out(request);
  out.u8(testOpcode_).u8(kFakeInputRequest).u16(9).u8(type).u8(detail).u16(0).u32(0).u32(0).u64(0);
  out.u16(static_cast<std::uint16_t>(at.x)).u16(static_cast<std::uint16_t>(at.y)).u32(0).u32(0);
  sendAll(server_, request);
  // Errors and events would pile up in the socket: they are read and dropped.
  std::array<std::uint8_t, 4096> dropped;
  while (::recv(server_.get(), dropped.data(), dropped.size(), MSG_DONTWAIT) > 0) continue;
}

}  // namespace lucarne::bench
