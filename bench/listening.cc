// SPDX-License-Identifier: Apache-2.0
#include "bench/listening.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace lucarne::bench {

namespace {

// The kernel tells nobody about a new listener: it is looked for this often.
constexpr base::Duration kLook = std::chrono::milliseconds(5);
constexpr const char* kListening = "0A";  // TCP_LISTEN, include/net/tcp_states.h

// "   0: 0100007F:1F90 00000000:0000 0A …": slot, local address, remote address, state.
bool listensIn(const char* table, const std::string& port) {
  std::ifstream in(table);
  std::string line, slot, local, remote, state;
  std::getline(in, line);
  while (in >> slot >> local >> remote >> state && std::getline(in, line)) {
    if (state == kListening && local.ends_with(port)) return true;
  }
  return false;
}

template <typename Ready>
bool await(base::Duration patience, Child& server, Ready ready) {
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (!ready()) {
    if (clock.now() > end || server.waitFor(kLook)) return ready();
  }
  return true;
}

}  // namespace

bool isListening(int port) {
  const std::string ending = fmt::format(":{:04X}", port);
  return listensIn("/proc/net/tcp", ending) || listensIn("/proc/net/tcp6", ending);
}

bool awaitListener(int port, base::Duration patience, Child& server) {
  return await(patience, server, [port] { return isListening(port); });
}

bool awaitDisplay(int number, base::Duration patience, Child& server) {
  const std::string socket = fmt::format("/tmp/.X11-unix/X{}", number);
  return await(patience, server, [&socket] { return ::access(socket.c_str(), F_OK) == 0; });
}

}  // namespace lucarne::bench
