// SPDX-License-Identifier: Apache-2.0
// lucarne-xenstored: the embedded XenStore, for machines without Xen.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/program.h"
#include "base/result.h"
#include "base/runtime_dir.h"
#include "xenstore/daemon_sockets.h"

namespace {

using lucarne::xenstore::DomainId;

struct DomainSocket {
  DomainId domain = 0;
  std::string path;
};

DomainSocket parseDomain(const std::string& text) {
  DomainSocket out;
  const std::size_t equals = text.find('=');
  const char* end = text.data() + std::min(equals, text.size());
  const auto [stop, error] = std::from_chars(text.data(), end, out.domain);
  if (equals == std::string::npos || equals + 1 == text.size() || error != std::errc{} ||
      stop != end || out.domain == 0 || out.domain > lucarne::xenstore::kMaxDomainId) {
    throw lucarne::base::UsageError(
        fmt::format("--domain {}: expected NUMBER=SOCKET, such as 5=/run/lucarne/dom5.sock", text));
  }
  out.path = text.substr(equals + 1);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  lucarne::base::Program program("lucarne-xenstored",
                                 "An embedded XenStore with the real wire protocol, for machines "
                                 "without Xen: demos, development, tests.");
  std::string socket;
  std::string statsFile;
  std::vector<std::string> domains;
  lucarne::xenstore::Quotas quotas;
  auto& options = program.options();
  options.add_option("--socket", socket,
                     "domain 0's socket (default RUNTIME-DIR/xenstored.sock)");
  options.add_option("--domain", domains, "N=SOCKET: who connects there is domain N; repeatable");
  options.add_option("--stats", statsFile, "write a JSON line each second to this file");
  options.add_option("--quota-nodes", quotas.nodes, "nodes that one domain may own");
  options.add_option("--quota-watches", quotas.watches, "watches of one domain");
  options.add_option("--quota-transactions", quotas.transactions, "open transactions of one domain");
  return program.run(argc, argv, [&](lucarne::base::Context& context) {
    if (socket.empty()) {
      socket = lucarne::base::runtimeDir() + "/xenstored.sock";
    }
    lucarne::xenstore::DaemonSockets sockets(context, quotas);
    sockets.listen(0, socket);
    for (const std::string& text : domains) {
      const DomainSocket domain = parseDomain(text);
      sockets.listen(domain.domain, domain.path);
    }
    std::ofstream stats;
    lucarne::base::Timer each;
    if (!statsFile.empty()) {
      stats.open(statsFile);
      if (!stats) throw lucarne::base::SetupError("write " + statsFile + ": cannot open it");
      each = context.loop.every(std::chrono::seconds(1),
                                [&] { stats << sockets.stats() << std::endl; });
    }
    context.loop.run();
    return 0;
  });
}
