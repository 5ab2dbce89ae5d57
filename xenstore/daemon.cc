// SPDX-License-Identifier: Apache-2.0
#include "xenstore/daemon.h"

#include <algorithm>
#include <utility>

#include "xenstore/daemon_state.h"
#include "xenstore/path.h"

namespace lucarne::xenstore {

namespace {

// What libxl lets a guest write below its home (libxl_create.c).
constexpr const char* kGuestFolders[] = {"data", "drivers", "feature", "attr", "error"};

}  // namespace

Daemon::Daemon(Quotas quotas, std::function<void(ConnectionId)> onOutput)
    : quotas_(quotas), onOutput_(std::move(onOutput)) {
  special_["@introduceDomain"];
  special_["@releaseDomain"];
  Changes unseen;
  Store store(0, tree_, quotas_);
  store.write("/tool/xenstored", "lucarne-xenstored", unseen);
  store.write(homeOf(0) + "/domid", "0", unseen);
  store.write(homeOf(0) + "/name", "Domain-0", unseen);
}

Daemon::~Daemon() = default;

void Daemon::introduce(DomainId domain) {
  Changes changes;
  Store store(0, tree_, quotas_);
  const std::string home = homeOf(domain);
  const Permissions readable{.owner = 0, .grants = {{domain, Access::Read}}};
  const auto make = [&](const std::string& path, std::string_view value,
                        const Permissions& permissions) {
    store.write(path, value, changes);
    store.setPermissions(path, permissions, changes);
  };
  make(home, {}, readable);
  make(home + "/domid", std::to_string(domain), readable);
  for (const char* folder : kGuestFolders) {
    make(home + '/' + folder, {}, Permissions{.owner = domain});
  }
  domains_.insert(domain);
  fire(changes);
  fireSpecial("@introduceDomain");
}

bool Daemon::introduced(DomainId domain) const { return domains_.contains(domain); }

bool Daemon::release(DomainId domain) {
  if (domain == 0 || domains_.erase(domain) == 0) return false;
  for (auto& [id, connection] : connections_) {
    if (connection->domain != domain) continue;
    connection->doomed = true;
    connection->watches.clear();
    connection->transactions.clear();
    if (!std::exchange(connection->told, true)) onOutput_(id);
  }
  fireSpecial("@releaseDomain");
  return true;
}

ConnectionId Daemon::open(DomainId domain) {
  const ConnectionId id = nextConnection_++;
  connections_.emplace(id, std::make_unique<Connection>(domain));
  return id;
}

void Daemon::close(ConnectionId connection) { connections_.erase(connection); }

void Daemon::receive(ConnectionId id, base::Bytes untrusted) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  connection.reader.feed(untrusted);
  while (!connection.doomed) {
    const auto message = connection.reader.next();
    if (!message) break;
    Dialogue(*this, id, connection).answer(*message);
  }
  if (!connection.reader.broken()) return;
  connection.doomed = true;
  if (!std::exchange(connection.told, true)) onOutput_(id);
}

bool Daemon::take(ConnectionId id, std::vector<std::uint8_t>& out) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  Connection& connection = *found->second;
  out.insert(out.end(), connection.out.begin(), connection.out.end());
  connection.out.clear();
  connection.told = false;
  return !connection.doomed;
}

void Daemon::send(ConnectionId id, Connection& to, Operation type, const Message& request,
                  std::string payload) {
  encode({static_cast<std::uint32_t>(type), request.request, request.transaction,
          std::move(payload)},
         to.out);
  if (to.out.size() > kMaxUnread) to.doomed = true;
  if (!std::exchange(to.told, true)) onOutput_(id);
}

void Daemon::sendEvent(ConnectionId id, Connection& to, const Watch& watch,
                       const std::string& path) {
  if (to.doomed) return;
  ++counters_.events;
  // In the form in which the watch was given: below the domain's home without that prefix.
  const bool relative = watch.given.size() < watch.path.size();
  std::string payload = relative ? path.substr(watch.path.size() - watch.given.size()) : path;
  payload += '\0';
  payload += watch.token;
  payload += '\0';
  send(id, to, Operation::WatchEvent, {}, std::move(payload));
}

void Daemon::fire(const Changes& changes) {
  for (const Change& change : changes) {
    for (auto& [id, connection] : connections_) {
      const DomainId domain = connection->domain;
      if (domain != 0 && !allows(change.permissions.accessOf(domain), Access::Read)) continue;
      for (const Watch& watch : connection->watches) {
        const bool hit = change.exact ? change.path == watch.path
                                      : isWithin(change.path, watch.path);
        if (hit) sendEvent(id, *connection, watch, change.path);
      }
    }
  }
}

void Daemon::fireSpecial(const std::string& path) { fire({{path, special_[path], true}}); }

}  // namespace lucarne::xenstore
