// SPDX-License-Identifier: Apache-2.0
// The nodes of the embedded store, and a transaction's private view of them.
//
// Operations (store.h) work on a NodeView: the tree itself, or an Overlay that keeps what a
// transaction has seen and changed. A node's generation changes whenever its value, permissions or
// list of children does; a transaction commits only if every node that it has looked at still has
// the generation that it saw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "xenstore/permissions.h"

namespace lucarne::xenstore {

struct Node {
  std::string value;
  Permissions permissions;
  std::set<std::string, std::less<>> children;  ///< names, not paths
  std::uint64_t generation = 0;

  /// What counts against the quota on a node's size.
  std::size_t bytes() const;
};

class NodeView {
 public:
  virtual ~NodeView() = default;
  /// Borrowed until the next call. Nothing when there is no such node.
  virtual const Node* find(std::string_view path) = 0;
  /// Sets or makes a node; the caller keeps parents and children consistent.
  virtual void put(std::string_view path, Node node) = 0;
  virtual void erase(std::string_view path) = 0;
  /// How many nodes a domain owns, as seen here.
  virtual std::size_t ownedBy(DomainId domain) const = 0;
  virtual std::size_t size() const = 0;
};

class Tree final : public NodeView {
 public:
  /// Holds "/" only, owned by domain 0, for nobody else.
  Tree();

  const Node* find(std::string_view path) override;
  void put(std::string_view path, Node node) override;
  void erase(std::string_view path) override;
  std::size_t ownedBy(DomainId domain) const override;
  std::size_t size() const override { return nodes_.size(); }

  /// 0 for a node that is not there.
  std::uint64_t generationOf(std::string_view path) const;

 private:
  std::map<std::string, Node, std::less<>> nodes_;
  std::map<DomainId, std::size_t> owned_;
  std::uint64_t generation_ = 0;
};

class Overlay final : public NodeView {
 public:
  /// The tree outlives the overlay.
  explicit Overlay(Tree& tree) : tree_(tree) {}

  const Node* find(std::string_view path) override;
  void put(std::string_view path, Node node) override;
  void erase(std::string_view path) override;
  std::size_t ownedBy(DomainId domain) const override;
  std::size_t size() const override;

  /// Nodes looked at or changed: what the quota on a transaction counts.
  std::size_t touched() const { return seen_.size(); }

  /// Writes everything into the tree. False, and nothing happens, when a node that was seen is not
  /// any more what it was.
  bool commit();

 private:
  struct Seen {
    std::uint64_t generation = 0;  // when first looked at; 0: was not there
    std::optional<Node> now;
    bool changed = false;
  };
  Seen& look(std::string_view path);
  void count(const std::optional<Node>& node, int by);

  Tree& tree_;
  std::map<std::string, Seen, std::less<>> seen_;
  std::map<DomainId, std::ptrdiff_t> ownedDelta_;
  std::ptrdiff_t sizeDelta_ = 0;
};

}  // namespace lucarne::xenstore
