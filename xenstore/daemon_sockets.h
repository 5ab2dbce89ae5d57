// SPDX-License-Identifier: Apache-2.0
// The embedded XenStore on unix sockets: one for domain 0, one for each simulated domain.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/unique_fd.h"
#include "xenstore/busiest_second.h"
#include "xenstore/daemon.h"

namespace lucarne::xenstore {

class DaemonSockets {
 public:
  /// More connections at once are turned away.
  static constexpr std::size_t kMaxConnections = 256;

  DaemonSockets(const base::Context& context, Quotas quotas);
  ~DaemonSockets();

  /// Who connects here is `domain`. Replaces a socket that nobody listens on; mode 0600. Throws
  /// SetupError when the path cannot be had.
  void listen(DomainId domain, const std::string& path);

  Daemon& daemon() { return daemon_; }

  /// One JSON object: what there is, what was asked since the start, and the most values that were
  /// written in any second since this was called last.
  std::string stats();

 private:
  struct Listener;
  struct Client;

  void accept(Listener& listener);
  void receive(ConnectionId id);
  void flush(ConnectionId id);
  void drop(ConnectionId id);

  base::Context context_;
  base::LimitedLog log_;
  Daemon daemon_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::map<ConnectionId, std::unique_ptr<Client>> clients_;
  BusiestSecond writes_;
};

}  // namespace lucarne::xenstore
