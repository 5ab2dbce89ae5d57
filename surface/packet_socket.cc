// SPDX-License-Identifier: Apache-2.0
#include "surface/packet_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace lucarne::surface {

namespace {

// Room for more than is allowed: what does not fit is closed by the kernel, what fits by us.
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int) * 2 * kMaxPacketFds);
constexpr int kBacklog = 16;

bool fillAddress(sockaddr_un& address, const std::string& path) {
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

base::UniqueFd newSocket() {
  return base::UniqueFd::adopt(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Takes ownership of every descriptor in the control data.
void adoptDescriptors(msghdr& message, std::vector<base::UniqueFd>& fds) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      fds.push_back(base::UniqueFd::adopt(fd));
    }
  }
}

}  // namespace

SendOutcome sendPacket(const base::UniqueFd& socket, base::Bytes bytes, int fd) {
  return sendPacket(socket, bytes, std::span<const int>(&fd, fd >= 0 ? 1 : 0));
}

SendOutcome sendPacket(const base::UniqueFd& socket, base::Bytes bytes, std::span<const int> fds) {
  assert(fds.size() <= kMaxPacketFds);
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int) * kMaxPacketFds)] = {};
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
      return SendOutcome::Sent;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return SendOutcome::Full;
    return SendOutcome::Gone;
  }
}

base::Result<std::optional<Packet>> receivePacket(const base::UniqueFd& socket,
                                                  std::size_t maxBytes) {
  Packet packet;
  // Most packets are short and few are allowed to be long: what is not used is not cleared.
  const auto room = std::make_unique_for_overwrite<std::uint8_t[]>(maxBytes + 1);
  iovec part{room.get(), maxBytes + 1};
  alignas(cmsghdr) unsigned char control[kControlBytes] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<Packet>();
    return base::unexpected(std::strerror(errno));
  }
  adoptDescriptors(message, packet.fds);
  if (got == 0) return base::unexpected("it closed the connection");
  if (static_cast<std::size_t>(got) > maxBytes || (message.msg_flags & MSG_TRUNC) != 0) {
    return base::unexpected(fmt::format("a packet of more than {} bytes", maxBytes));
  }
  if (packet.fds.size() > kMaxPacketFds || (message.msg_flags & MSG_CTRUNC) != 0) {
    return base::unexpected("more descriptors than a message has");
  }
  packet.bytes.assign(room.get(), room.get() + got);
  return std::optional(std::move(packet));
}

base::Result<base::UniqueFd> connectPacketSocket(const std::string& path) {
  sockaddr_un address{};
  if (!fillAddress(address, path)) return base::unexpected("the path is too long for a socket");
  base::UniqueFd socket = newSocket();
  if (!socket) return base::unexpected(std::strerror(errno));
  // A unix socket connects at once or not at all (EAGAIN: the listener's queue is full).
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return base::unexpected(std::strerror(errno));
  }
  return socket;
}

base::UniqueFd listenPacketSocket(const std::string& path) {
  const auto refuse = [&path](const char* why) {
    throw base::SetupError(fmt::format("listen on {}: {}", path, why));
  };
  sockaddr_un address{};
  if (!fillAddress(address, path)) {
    refuse("the path is too long for a socket (107 bytes); set LUCARNE_RUNTIME_DIR to a shorter one");
  }
  base::UniqueFd socket = newSocket();
  if (!socket) refuse(std::strerror(errno));
  // The mode must be right from the first moment on, and a socket has no fchmod.
  const mode_t before = ::umask(0177);
  const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  ::umask(before);
  if (bound < 0) refuse(std::strerror(why));
  if (::listen(socket.get(), kBacklog) < 0) refuse(std::strerror(errno));
  return socket;
}

bool isPeerTrusted(const base::UniqueFd& socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace lucarne::surface
