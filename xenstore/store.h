// SPDX-License-Identifier: Apache-2.0
// What a domain may do to the nodes: permissions, quotas, errors, as Xen's C xenstored has them.
//
// Every operation answers 0 or an errno that goes back to the client. Operations that change
// something append to `changes` what watches are to be told, once the change is visible to all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xenstore/permissions.h"
#include "xenstore/tree.h"

namespace lucarne::xenstore {

/// Limits on what an unprivileged domain can make the store hold; the C daemon's defaults.
struct Quotas {
  std::size_t nodes = 1000;             ///< owned by one domain
  std::size_t nodeBytes = 2048;         ///< Node::bytes
  std::size_t watches = 128;            ///< of one domain
  std::size_t transactions = 10;        ///< open at once
  std::size_t transactionNodes = 1024;  ///< looked at or changed in one
  std::size_t permissions = 5;          ///< texts of one node
};

/// Limits for everybody, domain 0 too: what bounds this process.
inline constexpr std::size_t kMaxNodes = 100'000;
inline constexpr std::size_t kMaxWatches = 8192;
inline constexpr std::size_t kMaxTransactions = 256;
inline constexpr std::size_t kMaxTransactionNodes = 20'000;

/// A node that watchers are told of.
struct Change {
  std::string path;
  /// What may read it: the node's permissions, or those that it had when it was removed.
  Permissions permissions;
  /// Only watches on exactly this path: a node that went with its parent.
  bool exact = false;
};
using Changes = std::vector<Change>;

/// One domain's hands on a view of the nodes, for the length of a request.
class Store {
 public:
  Store(DomainId caller, NodeView& nodes, const Quotas& quotas)
      : caller_(caller), nodes_(nodes), quotas_(quotas) {}

  int read(std::string_view path, std::string& value);
  int directory(std::string_view path, const Node*& node);
  int write(std::string_view path, std::string_view value, Changes& changes);
  int makeDirectory(std::string_view path, Changes& changes);
  int remove(std::string_view path, Changes& changes);
  int permissions(std::string_view path, Permissions& permissions);
  int setPermissions(std::string_view path, Permissions permissions, Changes& changes);

 private:
  bool privileged() const { return caller_ == 0; }
  Access accessTo(const Node& node) const;
  int find(std::string_view path, Access wanted, const Node*& node);
  Access accessOfNearest(std::string_view path);
  int create(std::string_view path, std::string_view value, Changes& changes);
  bool fits(const Node& node) const;
  void removeBelow(const std::string& path, bool top, Changes& changes);

  DomainId caller_;
  NodeView& nodes_;
  const Quotas& quotas_;
};

}  // namespace lucarne::xenstore
