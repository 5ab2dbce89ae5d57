// SPDX-License-Identifier: Apache-2.0
#include "tests/input-broker/input_floor.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <vector>

namespace lucarne::test {

namespace {

/// The master of a raw pseudo terminal whose other end another process empties.
int emptiedLine() {
  termios raw{};
  ::cfmakeraw(&raw);
  int line = -1;
  int other = -1;
  if (::openpty(&line, &other, nullptr, &raw, nullptr) != 0) return -1;
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(line);
    std::array<char, 4096> dropped;
    while (::read(other, dropped.data(), dropped.size()) > 0) continue;
    ::_exit(0);
  }
  ::close(other);
  return line;
}

}  // namespace

int runFloor(std::span<const std::string> nodes) {
  const int line = emptiedLine();
  std::vector<pollfd> polled;
  for (const std::string& node : nodes) {
    polled.push_back({::open(node.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), POLLIN, 0});
    if (polled.back().fd < 0) return 1;
  }
  polled.push_back({line, POLLIN, 0});
  std::puts("ready");
  std::fflush(stdout);
  std::array<char, 1536> events;
  while (::poll(polled.data(), polled.size(), -1) > 0) {
    for (const pollfd& device : polled) {
      if ((device.revents & POLLIN) == 0) continue;
      const ssize_t got = ::read(device.fd, events.data(), events.size());
      // About what the link makes of it: 27 bytes of a mouse's 48, 230 of ten fingers' 744.
      if (got > 0) (void)!::write(line, events.data(), static_cast<std::size_t>(got + 3) / 3);
    }
  }
  return 0;
}

}  // namespace lucarne::test
