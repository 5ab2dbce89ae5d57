// SPDX-License-Identifier: Apache-2.0
#include "xenstore/store.h"

#include <cerrno>
#include <utility>

#include "xenstore/path.h"

namespace lucarne::xenstore {

Access Store::accessTo(const Node& node) const {
  return privileged() ? Access::ReadWrite : node.permissions.accessOf(caller_);
}

Access Store::accessOfNearest(std::string_view path) {
  while (path != "/") {
    path = parentOf(path);
    if (const Node* ancestor = nodes_.find(path)) return accessTo(*ancestor);
  }
  return Access::None;
}

// Whether a node is missing is told only to those who might have used it had it been there, judged
// by its nearest ancestor; others cannot tell "missing" from "forbidden".
int Store::find(std::string_view path, Access wanted, const Node*& node) {
  node = nodes_.find(path);
  if (node) {
    if (allows(accessTo(*node), wanted)) return 0;
    node = nullptr;
    return EACCES;
  }
  if (privileged()) return ENOENT;
  return allows(accessOfNearest(path), wanted) ? ENOENT : EACCES;
}

int Store::read(std::string_view path, std::string& value) {
  const Node* node = nullptr;
  if (const int error = find(path, Access::Read, node)) return error;
  value = node->value;
  return 0;
}

int Store::directory(std::string_view path, const Node*& node) {
  return find(path, Access::Read, node);
}

bool Store::fits(const Node& node) const {
  return privileged() || node.bytes() < quotas_.nodeBytes;
}

int Store::write(std::string_view path, std::string_view value, Changes& changes) {
  const Node* node = nullptr;
  const int error = find(path, Access::Write, node);
  if (error == ENOENT) return create(path, value, changes);
  if (error) return error;
  Node changed = *node;
  changed.value = value;
  if (!fits(changed)) return ENOSPC;
  changes.push_back({std::string(path), changed.permissions});
  nodes_.put(path, std::move(changed));
  return 0;
}

int Store::makeDirectory(std::string_view path, Changes& changes) {
  const Node* node = nullptr;
  const int error = find(path, Access::Write, node);
  return error == ENOENT ? create(path, {}, changes) : error;
}

// Makes the node and the ancestors that are missing. Each inherits its parent's permissions; an
// unprivileged domain owns what it makes.
int Store::create(std::string_view path, std::string_view value, Changes& changes) {
  std::vector<std::string> missing;  // from the node upwards
  std::string_view at = path;
  while (!nodes_.find(at)) {
    missing.emplace_back(at);
    at = parentOf(at);
  }
  const Node* ancestor = nodes_.find(at);
  Permissions inherited = ancestor->permissions;
  if (!privileged()) inherited.owner = caller_;
  const std::size_t limit = privileged() ? kMaxNodes : quotas_.nodes;
  if (nodes_.ownedBy(inherited.owner) + missing.size() > limit) return ENOSPC;
  if (nodes_.size() + missing.size() > kMaxNodes) return ENOSPC;

  Node parent = *ancestor;
  parent.children.emplace(nameOf(missing.back()));
  Node leaf{.value = std::string(value), .permissions = inherited};
  if (!fits(parent) || !fits(leaf)) return ENOSPC;
  nodes_.put(at, std::move(parent));
  for (std::size_t i = missing.size(); i-- > 1;) {
    Node between{.permissions = inherited};
    between.children.emplace(nameOf(missing[i - 1]));
    nodes_.put(missing[i], std::move(between));
  }
  nodes_.put(path, std::move(leaf));
  changes.push_back({std::string(path), std::move(inherited)});
  return 0;
}

int Store::remove(std::string_view path, Changes& changes) {
  const Node* node = nullptr;
  const int error = find(path, Access::Write, node);
  if (error == ENOENT && path != "/" && nodes_.find(parentOf(path))) return 0;
  if (error) return error;
  if (path == "/") return EINVAL;
  Node parent = *nodes_.find(parentOf(path));
  parent.children.erase(parent.children.find(nameOf(path)));
  nodes_.put(parentOf(path), std::move(parent));
  removeBelow(std::string(path), true, changes);
  return 0;
}

// Iterative: how deep a tree is was decided by somebody else.
void Store::removeBelow(const std::string& path, bool top, Changes& changes) {
  std::vector<std::string> open{path};
  while (!open.empty()) {
    const std::string at = std::move(open.back());
    open.pop_back();
    const Node* node = nodes_.find(at);
    if (!node) continue;
    for (const std::string& child : node->children) open.push_back(at + '/' + child);
    changes.push_back({at, node->permissions, !std::exchange(top, false)});
    nodes_.erase(at);
  }
}

int Store::permissions(std::string_view path, Permissions& permissions) {
  const Node* node = nullptr;
  if (const int error = find(path, Access::Read, node)) return error;
  permissions = node->permissions;
  return 0;
}

int Store::setPermissions(std::string_view path, Permissions permissions, Changes& changes) {
  if (!privileged() && 1 + permissions.grants.size() > quotas_.permissions) return ENOSPC;
  const Node* node = nullptr;
  const int error = find(path, Access::None, node);
  // Only an owner may, so only somebody with an owner's rights nearby learns that it is missing.
  if (error == ENOENT && !privileged() && accessOfNearest(path) != Access::ReadWrite) return EACCES;
  if (error) return error;
  if (!privileged()) {
    if (node->permissions.owner != caller_) return EACCES;
    if (permissions.owner != caller_) return EPERM;
  }
  Node changed = *node;
  // Who could read it before learns that this is over, too.
  Permissions either = changed.permissions;
  either.grants.insert(either.grants.begin(), permissions.grants.begin(), permissions.grants.end());
  changed.permissions = std::move(permissions);
  if (!fits(changed)) return ENOSPC;
  changes.push_back({std::string(path), std::move(either)});
  nodes_.put(path, std::move(changed));
  return 0;
}

}  // namespace lucarne::xenstore
