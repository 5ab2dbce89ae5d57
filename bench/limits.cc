// SPDX-License-Identifier: Apache-2.0
#include "bench/limits.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#ifdef __linux__
#include <linux/vm_sockets.h>
#endif

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lucarne::bench {

namespace {

using base::UniqueFd;
using Ends = std::pair<UniqueFd, UniqueFd>;

constexpr std::size_t kWrite = 64 * 1024;         // what a relay writes at once at most
constexpr std::size_t kFrame = 1280 * 800 * 4;    // bytes of a screen
constexpr int kPings = 2000;

double now() { return base::toSeconds(base::RealClock().now().time_since_epoch()); }

bool writeAll(int fd, const std::uint8_t* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t wrote = ::write(fd, bytes, count);
    if (wrote <= 0) return false;
    bytes += wrote;
    count -= static_cast<std::size_t>(wrote);
  }
  return true;
}

bool readByte(int fd) {
  std::uint8_t byte = 0;
  return ::read(fd, &byte, 1) == 1;
}

// The far end: counts bytes up to the marked last one, says how many reads that took, then answers
// every byte with one. In a process of its own, as the ends of a path are.
[[noreturn]] void answer(int fd) {
  std::vector<std::uint8_t> buffer(128 * 1024);
  std::uint64_t reads = 0;
  for (bool last = false; !last;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) ::_exit(1);
    ++reads;
    last = buffer[static_cast<std::size_t>(got) - 1] == 1;
  }
  std::uint8_t count[8];
  std::memcpy(count, &reads, sizeof count);
  if (!writeAll(fd, count, sizeof count)) ::_exit(1);
  while (readByte(fd) && writeAll(fd, count, 1)) {
  }
  ::_exit(0);
}

Limit measureEnds(std::string what, Ends ends, double seconds) {
  const pid_t child = ::fork();
  if (child < 0) throw base::SetupError("no process for the far end");
  if (child == 0) {
    ends.first.reset();
    answer(ends.second.get());
  }
  ends.second.reset();
  const int fd = ends.first.get();
  Limit limit{std::move(what), 0, 0, 0, ""};
  std::vector<std::uint8_t> zeros(kWrite, 0);
  std::uint64_t bytes = 0;
  const double start = now();
  bool good = true;
  while (good && now() - start < seconds) {
    good = writeAll(fd, zeros.data(), zeros.size());
    bytes += zeros.size();
  }
  const std::uint8_t last = 1;
  good = good && writeAll(fd, &last, 1);
  std::uint64_t reads = 0;
  for (std::size_t i = 0; good && i < sizeof reads; ++i) {
    good = ::read(fd, reinterpret_cast<std::uint8_t*>(&reads) + i, 1) == 1;
  }
  if (good && reads > 0) {
    limit.bytesPerSecond = static_cast<double>(bytes) / (now() - start);
    limit.bytesPerRead = static_cast<double>(bytes) / static_cast<double>(reads);
    const double pinged = now();
    for (int i = 0; good && i < kPings; ++i) good = writeAll(fd, &last, 1) && readByte(fd);
    if (good) limit.oneWayUs = (now() - pinged) * 1e6 / kPings / 2;
  }
  if (!good) limit.words = "the far end went away";
  ends.first.reset();
  ::waitpid(child, nullptr, 0);
  return limit;
}

Ends openPty() {
  Ends ends;
  ends.first = UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!ends.first || ::grantpt(ends.first.get()) < 0 || ::unlockpt(ends.first.get()) < 0) {
    throw base::SetupError("no pseudo terminal");
  }
  char name[64];
  if (::ptsname_r(ends.first.get(), name, sizeof name) != 0) {
    throw base::SetupError("no name of a pseudo terminal");
  }
  ends.second = UniqueFd::adopt(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios mode{};
  if (!ends.second || ::tcgetattr(ends.second.get(), &mode) < 0) {
    throw base::SetupError(fmt::format("cannot open {}", name));
  }
  ::cfmakeraw(&mode);
  ::tcsetattr(ends.second.get(), TCSANOW, &mode);
  return ends;
}

Ends openUnix() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
    throw base::SetupError("no pair of unix sockets");
  }
  return {UniqueFd::adopt(fds[0]), UniqueFd::adopt(fds[1])};
}

// A listener of ours and a connection to it.
template <typename Address>
std::optional<Ends> connectOwn(int family, Address address) {
  const auto listener = UniqueFd::adopt(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (!listener || ::bind(listener.get(), plain, length) < 0 || ::listen(listener.get(), 1) < 0 ||
      ::getsockname(listener.get(), plain, &length) < 0) {
    return std::nullopt;
  }
  Ends ends;
  ends.first = UniqueFd::adopt(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!ends.first || ::connect(ends.first.get(), plain, length) < 0) return std::nullopt;
  ends.second = UniqueFd::adopt(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!ends.second) return std::nullopt;
  return ends;
}

std::optional<Ends> openTcp() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::optional<Ends> ends = connectOwn(AF_INET, address);
  if (!ends) return ends;
  const int on = 1;
  for (const UniqueFd* fd : {&ends->first, &ends->second}) {
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return ends;
}

std::optional<Ends> openVsock() {
#ifdef VMADDR_CID_LOCAL
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_LOCAL;
  address.svm_port = VMADDR_PORT_ANY;
  return connectOwn(AF_VSOCK, address);
#else
  return std::nullopt;
#endif
}

Limit measureMemory(double seconds) {
  const std::vector<std::uint8_t> from(kFrame, 7);
  std::vector<std::uint8_t> to(kFrame);
  std::uint64_t frames = 0;
  const double start = now();
  while (now() - start < seconds) {
    std::memcpy(to.data(), from.data(), kFrame);
    // The compiler must not see that nobody reads `to`.
    asm volatile("" : : "r"(to.data()) : "memory");
    ++frames;
  }
  const double each = (now() - start) / static_cast<double>(frames);
  return {"memcpy of a 1280x800 frame", kFrame / each, each * 1e6, 0, ""};
}

Limit absent(std::string what, std::string why) { return {std::move(what), 0, 0, 0, std::move(why)}; }

}  // namespace

std::vector<Limit> measureLimits(double seconds) {
  std::vector<Limit> limits;
  limits.push_back(measureMemory(seconds));
  limits.push_back(measureEnds("PTY", openPty(), seconds));
  limits.push_back(measureEnds("unix socket", openUnix(), seconds));
  std::optional<Ends> tcp = openTcp();
  limits.push_back(tcp ? measureEnds("TCP on loopback", std::move(*tcp), seconds)
                       : absent("TCP on loopback", "no loopback here"));
  std::optional<Ends> vsock = openVsock();
  limits.push_back(vsock ? measureEnds("vsock on loopback", std::move(*vsock), seconds)
                         : absent("vsock on loopback", "no vsock_loopback here"));
  return limits;
}

std::string toTable(const std::vector<Limit>& limits) {
  std::string text = "| limit | MB/s | one way us | bytes/read |\n|---|---|---|---|\n";
  for (const Limit& l : limits) {
    if (l.bytesPerSecond == 0) {
      text += fmt::format("| {} | {} | | |\n", l.what, l.words);
      continue;
    }
    text += fmt::format("| {} | {:.0f} | {:.1f} | {} |\n", l.what, l.bytesPerSecond / 1e6, l.oneWayUs,
                        l.bytesPerRead > 0 ? fmt::format("{:.0f}", l.bytesPerRead) : "");
  }
  return text;
}

std::string toJson(const std::vector<Limit>& limits) {
  nlohmann::json all = nlohmann::json::array();
  for (const Limit& l : limits) {
    all.push_back({{"what", l.what},
                   {"bytes_per_second", l.bytesPerSecond},
                   {"one_way_us", l.oneWayUs},
                   {"bytes_per_read", l.bytesPerRead},
                   {"words", l.words}});
  }
  return nlohmann::json({{"limits", all}}).dump(1) + "\n";
}

}  // namespace lucarne::bench
