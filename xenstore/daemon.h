// SPDX-License-Identifier: Apache-2.0
// The embedded XenStore without its sockets: bytes of connections in, bytes out.
//
// A pure state machine, so that it can be tested and fuzzed without a system. Answers as Xen's
// C xenstored (4.17) does; what differs is written in docs/xenstore.md. Each connection belongs to
// a domain; domain 0 is privileged, the others have quotas and see what permissions allow.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "xenstore/store.h"
#include "xenstore/tree.h"
#include "xenstore/wire.h"

namespace lucarne::xenstore {

using ConnectionId = std::uint32_t;

class Daemon {
 public:
  /// A connection with more unread bytes than this is dropped; its watch events are state that it
  /// can read again.
  static constexpr std::size_t kMaxUnread = std::size_t{1} << 20;

  /// `onOutput` is told of every connection that has something to send or must be closed: not more
  /// than once until `take` is called. It must not call back into the Daemon.
  Daemon(Quotas quotas, std::function<void(ConnectionId)> onOutput);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Makes the domain's home as libxl does (its own data/, read-only the rest) and counts it as
  /// introduced. Domain 0 is there from the beginning.
  void introduce(DomainId domain);
  bool introduced(DomainId domain) const;

  ConnectionId open(DomainId domain);
  /// Its transactions are abandoned, its watches forgotten.
  void close(ConnectionId connection);

  void receive(ConnectionId connection, base::Bytes untrusted);

  /// Appends what the connection is to be sent; false: it broke the protocol or does not read, close
  /// it after sending.
  bool take(ConnectionId connection, std::vector<std::uint8_t>& out);

  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t writes = 0;  ///< WRITE outside transactions: values that change
    std::uint64_t events = 0;  ///< told to watchers
  };
  const Counters& counters() const { return counters_; }
  std::size_t connections() const { return connections_.size(); }
  std::size_t nodes() const { return tree_.size(); }

 private:
  struct Connection;
  struct Watch;
  class Dialogue;

  void fire(const Changes& changes);
  void fireSpecial(const std::string& path);
  void send(ConnectionId id, Connection& to, Operation type, const Message& request,
            std::string payload);
  void sendEvent(ConnectionId id, Connection& to, const Watch& watch, const std::string& path);
  bool release(DomainId domain);

  Quotas quotas_;
  std::function<void(ConnectionId)> onOutput_;
  Tree tree_;
  std::map<std::string, Permissions> special_;
  std::set<DomainId> domains_{0};
  std::map<ConnectionId, std::unique_ptr<Connection>> connections_;
  ConnectionId nextConnection_ = 1;
  Counters counters_;
};

}  // namespace lucarne::xenstore
