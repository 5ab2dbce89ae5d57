// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/neighbour_view.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sensors/attributes.h"

namespace lucarne::sensors {

NeighbourView::NeighbourView(const base::Context& context, xenstore::Client& client,
                             const std::vector<std::string>& roots, base::Duration silence)
    : context_(context),
      client_(client),
      silence_(silence),
      alive_(std::make_shared<bool>(true)) {
  for (const std::string& path : roots) {
    roots_.push_back(std::make_unique<Root>());
    Root& root = *roots_.back();
    root.path = path;
    root.watch = client_.watch(
        path, [this, &root](const std::string& changed) { onEvent(root, changed); });
  }
}

void NeighbourView::onEvent(Root& root, const std::string& path) {
  if (path == root.path + "/serial") return;
  if (path == root.path + "/heartbeat") return onHeartbeat(root);
  if (changed_.size() < kMaxNodes) changed_.insert(path);
  if (std::exchange(round_, true)) return;
  timer_ = context_.loop.after(kRound, [this] {
    round_ = false;
    for (const std::string& changed : std::exchange(changed_, {})) list(changed, depthOf(changed));
  });
}

void NeighbourView::onHeartbeat(Root& root) {
  root.silence = context_.loop.after(silence_, [this, &root] {
    root.silence.cancel();
    onSilence(root);
  });
  if (std::exchange(root.silent, false)) list(root.path, 0);
}

// One that was killed before we came may have left its nodes.
void NeighbourView::awaitHeartbeat(const std::string& path) {
  for (const auto& root : roots_) {
    if (root->path == path && !root->silence && !root->silent) onHeartbeat(*root);
  }
}

void NeighbourView::onSilence(Root& root) {
  root.silent = true;
  for (auto& [path, value] : values_) {
    if (!path.starts_with(root.path + "/")) continue;
    if (path.ends_with("/connected") || path.ends_with("/fps")) value = "0";
  }
  tell();
}

// Below which of the roots: their publishers' own nodes stand directly below one.
std::size_t NeighbourView::depthOf(const std::string& path) const {
  for (const auto& root : roots_) {
    if (!path.starts_with(root->path)) continue;
    return static_cast<std::size_t>(
        std::count(path.begin() + static_cast<std::ptrdiff_t>(root->path.size()), path.end(), '/'));
  }
  return 0;
}

NeighbourView::~NeighbourView() { *alive_ = false; }

// One event may stand for a whole tree (a removal, the first event of a watch). What was known stays
// until the answer is in: a value that changes is never gone in between.
void NeighbourView::list(const std::string& path, std::size_t depth) {
  if (depth > kMaxDepth) return;
  client_.directory(path, [this, alive = alive_, path, depth](auto children) {
    if (!*alive || (!children && children.error().code == ENOTCONN)) return;
    keepOnly(path, children ? &*children : nullptr);
    if (!children) return;
    for (const std::string& child : *children) {
      if (depth == 0 && child == "heartbeat") awaitHeartbeat(path);
      if (depth == 0 && (child == "heartbeat" || child == "serial")) continue;
      list(path + "/" + child, depth + 1);
    }
    if (!children->empty()) return;
    client_.read(path, [this, alive, path](xenstore::Answer<std::string> value) {
      if (!*alive || !value || value->empty()) return;
      const auto known = values_.find(path);
      if (known == values_.end() && values_.size() >= kMaxNodes) return;
      std::string text = printable(*value, kMaxValue - 3);  // it may add "..."
      if (known != values_.end() && known->second == text) return;
      values_[path] = std::move(text);
      tell();
    });
  });
}

// Forgets what is below `path`, but not below one of these children; nullptr: `path` is gone itself.
void NeighbourView::keepOnly(const std::string& path, const std::vector<std::string>* children) {
  const auto gone = [&](const auto& entry) {
    if (entry.first == path) return !children || !children->empty();
    if (!entry.first.starts_with(path + "/")) return false;
    const std::string rest = entry.first.substr(path.size() + 1);
    const std::string child = rest.substr(0, rest.find('/'));
    return !children || std::find(children->begin(), children->end(), child) == children->end();
  };
  if (std::erase_if(values_, gone) > 0) tell();
}

void NeighbourView::tell() {
  for (const auto& listener : listeners_) listener();
}

}  // namespace lucarne::sensors
