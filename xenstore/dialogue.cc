// SPDX-License-Identifier: Apache-2.0
// One request, one answer.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "xenstore/daemon_state.h"
#include "xenstore/path.h"

namespace lucarne::xenstore {

namespace {

/// The payload as exactly one text with its NUL.
std::optional<std::string> onlyText(const std::string& payload) {
  if (payload.empty() || payload.find('\0') != payload.size() - 1) return std::nullopt;
  return payload.substr(0, payload.size() - 1);
}

template <typename T>
std::optional<T> parseNumber(std::string_view text) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string text(std::string_view words) { return std::string(words) + '\0'; }

std::string childNames(const Node& node) {
  std::string out;
  for (const std::string& child : node.children) out += child + '\0';
  return out;
}

}  // namespace

void Daemon::Dialogue::answer(const Message& request) {
  ++daemon_.counters_.requests;
  daemon_.counters_.writes += request.transaction == 0 &&
                              static_cast<Operation>(request.type) == Operation::Write;
  Reply reply = dispatch(request);
  if (reply.error == 0 && reply.payload.size() > kMaxPayload) reply = fail(E2BIG);
  if (reply.error != 0) {
    daemon_.send(id_, connection_, Operation::Error, request, text(errorName(reply.error)));
    return;
  }
  daemon_.send(id_, connection_, static_cast<Operation>(request.type), request,
               std::move(reply.payload));
  if (static_cast<Operation>(request.type) == Operation::Watch) {
    // A watch fires once by itself, after the answer.
    daemon_.sendEvent(id_, connection_, connection_.watches.back(),
                      connection_.watches.back().path);
  }
}

Daemon::Dialogue::Reply Daemon::Dialogue::dispatch(const Message& request) {
  OpenTransaction* transaction = nullptr;
  if (request.transaction != 0) {
    const auto found = connection_.transactions.find(request.transaction);
    if (found == connection_.transactions.end()) return fail(ENOENT);
    transaction = &found->second;
  }
  switch (static_cast<Operation>(request.type)) {
    case Operation::Directory:
    case Operation::DirectoryPart:
    case Operation::Read:
    case Operation::Write:
    case Operation::MakeDirectory:
    case Operation::Remove:
    case Operation::GetPermissions:
    case Operation::SetPermissions:
      return withNodes(request, transaction);
    default:
      return withoutNodes(request);
  }
}

Daemon::Dialogue::Reply Daemon::Dialogue::withoutNodes(const Message& request) {
  switch (static_cast<Operation>(request.type)) {
    case Operation::TransactionStart:
      return startTransaction(request);
    case Operation::TransactionEnd:
      return endTransaction(request);
    case Operation::Watch:
      return addWatch(request);
    case Operation::Unwatch:
      return dropWatch(request);
    case Operation::ResetWatches:
      connection_.watches.clear();
      connection_.transactions.clear();
      return ok();
    case Operation::GetDomainPath:
    case Operation::IsDomainIntroduced:
    case Operation::Introduce:
    case Operation::Release:
    case Operation::Resume:
    case Operation::SetTarget:
      return aboutDomain(request);
    case Operation::Control:
      return fail(privileged() ? EINVAL : EACCES);  // there is nothing to control
    default:
      return fail(ENOSYS);
  }
}

// ---- nodes ----------------------------------------------------------------------------------------

Daemon::Dialogue::Reply Daemon::Dialogue::withNodes(const Message& request,
                                                    OpenTransaction* transaction) {
  const auto operation = static_cast<Operation>(request.type);
  const std::size_t nul = request.payload.find('\0');
  if (nul == std::string::npos) return fail(EINVAL);
  const std::string given = request.payload.substr(0, nul);
  const std::string rest = request.payload.substr(nul + 1);
  const bool permissionsOnly =
      operation == Operation::GetPermissions || operation == Operation::SetPermissions;
  if (permissionsOnly && isSpecialPath(given)) return specialPermissions(request, given);
  const auto path = absolutePath(connection_.domain, given);
  if (!path) return fail(EINVAL);
  const bool takesMore = operation == Operation::Write || operation == Operation::SetPermissions ||
                         operation == Operation::DirectoryPart;
  if (!takesMore && !rest.empty()) return fail(EINVAL);

  NodeView& nodes = transaction ? static_cast<NodeView&>(transaction->nodes) : daemon_.tree_;
  Store store(connection_.domain, nodes, daemon_.quotas_);
  Changes changes;
  Reply reply = ok();
  switch (operation) {
    case Operation::Read:
      reply.error = store.read(*path, reply.payload);
      break;
    case Operation::Directory: {
      const Node* node = nullptr;
      reply.error = store.directory(*path, node);
      if (node) reply.payload = childNames(*node);
      break;
    }
    case Operation::DirectoryPart:
      return directoryPart(store, *path, rest);
    case Operation::Write:
      reply.error = store.write(*path, rest, changes);
      break;
    case Operation::MakeDirectory:
      reply.error = store.makeDirectory(*path, changes);
      break;
    case Operation::Remove:
      reply.error = store.remove(*path, changes);
      break;
    case Operation::GetPermissions: {
      Permissions permissions;
      reply.error = store.permissions(*path, permissions);
      reply.payload = permissions.encode();
      break;
    }
    default: {
      auto permissions = parsePermissions(rest);
      if (!permissions) return fail(EINVAL);
      reply.error = store.setPermissions(*path, std::move(*permissions), changes);
      break;
    }
  }
  if (!transaction) {
    daemon_.fire(changes);
    return reply;
  }
  const std::size_t limit =
      privileged() ? kMaxTransactionNodes : daemon_.quotas_.transactionNodes;
  if (transaction->nodes.touched() > limit) {
    connection_.transactions.erase(request.transaction);
    return fail(ENOSPC);
  }
  transaction->changes.insert(transaction->changes.end(), changes.begin(), changes.end());
  return reply;
}

// "path\0offset\0" -> "generation\0name\0name\0…", with an empty name after the last child.
Daemon::Dialogue::Reply Daemon::Dialogue::directoryPart(Store& store, const std::string& path,
                                                        const std::string& payload) {
  const auto offsetText = onlyText(payload);
  const auto offset = offsetText ? parseNumber<std::uint32_t>(*offsetText) : std::nullopt;
  if (!offset) return fail(EINVAL);
  const Node* node = nullptr;
  if (const int error = store.directory(path, node)) return fail(error);
  std::string out = text(std::to_string(node->generation));
  std::size_t at = 0;
  for (const std::string& child : node->children) {
    const std::size_t bytes = child.size() + 1;
    if (at >= *offset) {
      if (out.size() + bytes + 1 > kMaxPayload) return {0, out};
      out += text(child);
    }
    at += bytes;
  }
  out += '\0';
  return {0, out};
}

Daemon::Dialogue::Reply Daemon::Dialogue::specialPermissions(const Message& request,
                                                             const std::string& path) {
  if (!privileged()) return fail(EACCES);
  if (static_cast<Operation>(request.type) == Operation::GetPermissions) {
    return {0, daemon_.special_[path].encode()};
  }
  auto permissions = parsePermissions(std::string_view(request.payload).substr(path.size() + 1));
  if (!permissions) return fail(EINVAL);
  daemon_.special_[path] = std::move(*permissions);
  return ok();
}

// ---- transactions ---------------------------------------------------------------------------------

std::size_t Daemon::Dialogue::transactionsOfDomain() const {
  std::size_t count = 0;
  for (const auto& [id, connection] : daemon_.connections_) {
    if (connection->domain == connection_.domain) count += connection->transactions.size();
  }
  return count;
}

Daemon::Dialogue::Reply Daemon::Dialogue::startTransaction(const Message& request) {
  if (request.transaction != 0) return fail(EBUSY);
  const std::size_t limit = privileged() ? kMaxTransactions : daemon_.quotas_.transactions;
  if (transactionsOfDomain() >= limit) return fail(ENOSPC);
  while (connection_.nextTransaction == 0 ||
         connection_.transactions.contains(connection_.nextTransaction)) {
    ++connection_.nextTransaction;
  }
  const std::uint32_t id = connection_.nextTransaction++;
  connection_.transactions.emplace(id, OpenTransaction(daemon_.tree_));
  return {0, text(std::to_string(id))};
}

Daemon::Dialogue::Reply Daemon::Dialogue::endTransaction(const Message& request) {
  const auto how = onlyText(request.payload);
  if (!how || (*how != "T" && *how != "F")) return fail(EINVAL);
  const auto found = connection_.transactions.find(request.transaction);
  if (found == connection_.transactions.end()) return fail(ENOENT);
  OpenTransaction transaction = std::move(found->second);
  connection_.transactions.erase(found);
  if (*how == "F") return ok();
  if (!transaction.nodes.commit()) return fail(EAGAIN);
  daemon_.fire(transaction.changes);
  return ok();
}

// ---- watches --------------------------------------------------------------------------------------

std::size_t Daemon::Dialogue::watchesOfDomain() const {
  std::size_t count = 0;
  for (const auto& [id, connection] : daemon_.connections_) {
    if (connection->domain == connection_.domain) count += connection->watches.size();
  }
  return count;
}

Daemon::Dialogue::Reply Daemon::Dialogue::addWatch(const Message& request) {
  const auto texts = splitTexts(request.payload);
  if (texts.size() < 2 || !request.payload.ends_with('\0')) return fail(EINVAL);
  Watch watch{.given = std::string(texts[0]), .token = std::string(texts[1])};
  if (watch.given.starts_with('@')) {
    if (!isSpecialPath(watch.given)) return fail(EINVAL);
    watch.path = watch.given;
  } else {
    const auto path = absolutePath(connection_.domain, watch.given);
    if (!path) return fail(EINVAL);
    watch.path = *path;
  }
  // An event carries a path and the token; together they must fit.
  if (watch.token.size() > kMaxPayload - kMaxAbsolutePath - 2) return fail(EINVAL);
  for (const Watch& other : connection_.watches) {
    if (other.path == watch.path && other.token == watch.token) return fail(EEXIST);
  }
  if (watchesOfDomain() >= (privileged() ? kMaxWatches : daemon_.quotas_.watches)) {
    return fail(E2BIG);
  }
  connection_.watches.push_back(std::move(watch));
  return ok();
}

Daemon::Dialogue::Reply Daemon::Dialogue::dropWatch(const Message& request) {
  const auto texts = splitTexts(request.payload);
  if (texts.size() < 2) return fail(EINVAL);
  const std::string path = texts[0].starts_with('@')
                               ? std::string(texts[0])
                               : absolutePath(connection_.domain, texts[0]).value_or("");
  auto& watches = connection_.watches;
  const auto found = std::find_if(watches.begin(), watches.end(), [&](const Watch& w) {
    return w.path == path && w.token == texts[1];
  });
  if (found == watches.end()) return fail(ENOENT);
  watches.erase(found);
  return ok();
}

// ---- domains --------------------------------------------------------------------------------------

Daemon::Dialogue::Reply Daemon::Dialogue::aboutDomain(const Message& request) {
  const auto operation = static_cast<Operation>(request.type);
  const auto texts = splitTexts(request.payload);
  const auto domain = texts.empty() ? std::nullopt : parseNumber<DomainId>(texts[0]);
  if (operation == Operation::GetDomainPath) {
    return domain ? Reply{0, text(homeOf(*domain))} : fail(EINVAL);
  }
  if (operation == Operation::IsDomainIntroduced) {
    if (!domain) return fail(EINVAL);
    return {0, text(daemon_.introduced(*domain) ? "T" : "F")};
  }
  if (!privileged()) return fail(EACCES);
  if (!domain || *domain > kMaxDomainId) return fail(EINVAL);
  switch (operation) {
    case Operation::Introduce:
      // There is no ring to map; a domain that has a socket may come back after a release.
      daemon_.introduce(*domain);
      return ok();
    case Operation::Release:
      return daemon_.release(*domain) ? ok() : fail(ENOENT);
    default:
      return daemon_.introduced(*domain) ? ok() : fail(ENOENT);
  }
}

}  // namespace lucarne::xenstore
