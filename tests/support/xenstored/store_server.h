// SPDX-License-Identifier: Apache-2.0
// A running XenStore daemon for tests: ours, or one of Xen's own in a plain process.
//
// Xen's are downloaded as Debian packages once (fetch_debs.sh) into $LUCARNE_TEST_CACHE, else the
// build folder. Domains 5 and 6 exist.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace lucarne::test {

enum class ServerKind { Embedded, C, OCaml };

class StoreServer {
 public:
  explicit StoreServer(ServerKind kind);
  ~StoreServer();
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;

  /// Why it does not run; empty when it does.
  const std::string& missing() const { return missing_; }
  /// The socket of a domain (0, 5, 6).
  std::string socket(int domain) const;
  const std::string& folder() const { return folder_; }
  /// Ours writes a line a second there (lucarne-xenstored(1)).
  std::string statsFile() const { return folder_ + "/stats"; }

  /// SIGKILL and a new, empty daemon at the same place. Not for the domains of Xen's daemons.
  void restart();
  void kill();
  void start();

 private:
  void startEmbedded();
  void startXen();
  pid_t run(const std::vector<std::string>& command, const std::vector<std::string>& environment);
  bool waitForSocket(const std::string& path, pid_t process);

  ServerKind kind_;
  std::string folder_;
  std::string missing_;
  std::vector<pid_t> processes_;
};

const char* nameOf(ServerKind kind);

}  // namespace lucarne::test
