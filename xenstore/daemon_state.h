// SPDX-License-Identifier: Apache-2.0
// What the daemon keeps for one connection; for daemon.cc and dialogue.cc only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "xenstore/daemon.h"

namespace lucarne::xenstore {

struct Daemon::Watch {
  std::string path;   ///< absolute or special
  std::string given;  ///< as the client wrote it
  std::string token;
};

struct OpenTransaction {
  explicit OpenTransaction(Tree& tree) : nodes(tree) {}
  Overlay nodes;
  Changes changes;
};

struct Daemon::Connection {
  explicit Connection(DomainId d) : domain(d) {}
  DomainId domain;
  MessageReader reader;
  std::vector<std::uint8_t> out;
  bool told = false;   // onOutput was called for what is in `out`
  bool doomed = false;
  std::vector<Watch> watches;
  std::map<std::uint32_t, OpenTransaction> transactions;
  std::uint32_t nextTransaction = 1;
};

/// Answers the requests of one connection.
class Daemon::Dialogue {
 public:
  Dialogue(Daemon& daemon, ConnectionId id, Connection& connection)
      : daemon_(daemon), id_(id), connection_(connection) {}

  void answer(const Message& request);

 private:
  struct Reply {
    int error = 0;
    std::string payload;
  };
  static Reply ok() { return {0, std::string("OK\0", 3)}; }
  static Reply fail(int error) { return {error, {}}; }

  Reply dispatch(const Message& request);
  Reply withoutNodes(const Message& request);
  Reply withNodes(const Message& request, OpenTransaction* transaction);
  Reply directoryPart(Store& store, const std::string& path, const std::string& payload);
  Reply specialPermissions(const Message& request, const std::string& path);
  Reply startTransaction(const Message& request);
  Reply endTransaction(const Message& request);
  Reply addWatch(const Message& request);
  Reply dropWatch(const Message& request);
  Reply aboutDomain(const Message& request);
  bool privileged() const { return connection_.domain == 0; }
  std::size_t watchesOfDomain() const;
  std::size_t transactionsOfDomain() const;

  Daemon& daemon_;
  ConnectionId id_;
  Connection& connection_;
};

}  // namespace lucarne::xenstore
