// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/neighbour_view.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sensors/attributes.h"

namespace lucarne::sensors {

NeighbourView::NeighbourView(const base::Context& context, xenstore::Client& client,
                             std::vector<std::string> roots)
    : context_(context),
      client_(client),
      roots_(std::move(roots)),
      alive_(std::make_shared<bool>(true)) {
  for (const std::string& root : roots_) {
    watches_.push_back(client_.watch(root, [this](const std::string& path) {
      if (path.ends_with("/serial") && depthOf(path) == 1) return;
      if (changed_.size() < kMaxNodes) changed_.insert(path);
      if (std::exchange(round_, true)) return;
      timer_ = context_.loop.after(kRound, [this] {
        round_ = false;
        for (const std::string& changed : std::exchange(changed_, {})) list(changed, depthOf(changed));
      });
    }));
  }
}

// Below which of the roots; a publisher's serial stands directly below one.
std::size_t NeighbourView::depthOf(const std::string& path) const {
  for (const std::string& root : roots_) {
    if (!path.starts_with(root)) continue;
    return static_cast<std::size_t>(
        std::count(path.begin() + static_cast<std::ptrdiff_t>(root.size()), path.end(), '/'));
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
      if (depth > 0 || child != "serial") list(path + "/" + child, depth + 1);
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
