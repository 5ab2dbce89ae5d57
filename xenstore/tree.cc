// SPDX-License-Identifier: Apache-2.0
#include "xenstore/tree.h"

#include <utility>

namespace lucarne::xenstore {

std::size_t Node::bytes() const {
  // Xen's C daemon counts what it stores: a header of 24 bytes, 8 for each permission, the value,
  // the children's names with their NUL.
  std::size_t total = 24 + 8 * (1 + permissions.grants.size()) + value.size();
  for (const std::string& child : children) total += child.size() + 1;
  return total;
}

Tree::Tree() { put("/", Node{}); }

const Node* Tree::find(std::string_view path) {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

std::uint64_t Tree::generationOf(std::string_view path) const {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? 0 : found->second.generation;
}

void Tree::put(std::string_view path, Node node) {
  node.generation = ++generation_;
  ++owned_[node.permissions.owner];
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) {
    nodes_.emplace(std::string(path), std::move(node));
  } else {
    --owned_[found->second.permissions.owner];
    found->second = std::move(node);
  }
}

void Tree::erase(std::string_view path) {
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return;
  --owned_[found->second.permissions.owner];
  nodes_.erase(found);
}

std::size_t Tree::ownedBy(DomainId domain) const {
  const auto found = owned_.find(domain);
  return found == owned_.end() ? 0 : found->second;
}

Overlay::Seen& Overlay::look(std::string_view path) {
  const auto found = seen_.find(path);
  if (found != seen_.end()) return found->second;
  Seen seen;
  if (const Node* node = tree_.find(path)) {
    seen.generation = node->generation;
    seen.now = *node;
  }
  return seen_.emplace(std::string(path), std::move(seen)).first->second;
}

const Node* Overlay::find(std::string_view path) {
  const Seen& seen = look(path);
  return seen.now ? &*seen.now : nullptr;
}

void Overlay::count(const std::optional<Node>& node, int by) {
  if (!node) return;
  ownedDelta_[node->permissions.owner] += by;
  sizeDelta_ += by;
}

void Overlay::put(std::string_view path, Node node) {
  Seen& seen = look(path);
  count(seen.now, -1);
  seen.now = std::move(node);
  seen.changed = true;
  count(seen.now, +1);
}

void Overlay::erase(std::string_view path) {
  Seen& seen = look(path);
  count(seen.now, -1);
  seen.now.reset();
  seen.changed = true;
}

std::size_t Overlay::ownedBy(DomainId domain) const {
  const auto delta = ownedDelta_.find(domain);
  const auto owned = static_cast<std::ptrdiff_t>(tree_.ownedBy(domain));
  const std::ptrdiff_t sum = owned + (delta == ownedDelta_.end() ? 0 : delta->second);
  return sum < 0 ? 0 : static_cast<std::size_t>(sum);
}

std::size_t Overlay::size() const {
  const std::ptrdiff_t sum = static_cast<std::ptrdiff_t>(tree_.size()) + sizeDelta_;
  return sum < 0 ? 0 : static_cast<std::size_t>(sum);
}

bool Overlay::commit() {
  for (const auto& [path, seen] : seen_) {
    if (tree_.generationOf(path) != seen.generation) return false;
  }
  for (auto& [path, seen] : seen_) {
    if (!seen.changed) continue;
    if (seen.now) {
      tree_.put(path, std::move(*seen.now));
    } else {
      tree_.erase(path);
    }
  }
  return true;
}

}  // namespace lucarne::xenstore
