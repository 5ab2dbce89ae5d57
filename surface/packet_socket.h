// SPDX-License-Identifier: Apache-2.0
// Packets with descriptors over a unix SOCK_SEQPACKET socket, without blocking.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lucarne::surface {

/// One message as it came.
struct Packet {
  std::vector<std::uint8_t> bytes;
  std::vector<base::UniqueFd> fds;  ///< at most kMaxPacketFds
};

/// A packet with more descriptors is an error, and all of them are closed.
inline constexpr int kMaxPacketFds = 4;  // a dma-buf's planes

enum class SendOutcome {
  Sent,
  Full,  ///< wait until the socket is writable
  Gone,  ///< the peer went, or the socket broke
};

/// Sends all or nothing. `fds` (borrowed, at most kMaxPacketFds) travel with it.
SendOutcome sendPacket(const base::UniqueFd& socket, base::Bytes bytes, std::span<const int> fds);
/// The same with one, or none (-1).
SendOutcome sendPacket(const base::UniqueFd& socket, base::Bytes bytes, int fd = -1);

/// The next packet; nothing when there is none now. An error ends the connection: the peer closed
/// it, or sent a packet longer than `maxBytes` or with too many descriptors.
base::Result<std::optional<Packet>> receivePacket(const base::UniqueFd& socket,
                                                  std::size_t maxBytes);

/// A new socket, connected to `path`; an Error in words when nobody listens there (now).
base::Result<base::UniqueFd> connectPacketSocket(const std::string& path);

/// Binds and listens with mode 0600. Throws SetupError. The path must not exist.
base::UniqueFd listenPacketSocket(const std::string& path);

/// Whether the process at the other end has our user or root's.
bool isPeerTrusted(const base::UniqueFd& socket);

}  // namespace lucarne::surface
