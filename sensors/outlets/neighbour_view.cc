// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/neighbour_view.h"

#include <algorithm>

#include "sensors/attributes.h"

namespace lucarne::sensors {

NeighbourView::NeighbourView(const base::Context& context, xenstore::Client& client,
                             std::vector<std::string> roots)
    : context_(context), client_(client), alive_(std::make_shared<bool>(true)) {
  for (const std::string& root : roots) {
    watches_.push_back(client_.watch(root, [this](const std::string& path) {
      if (changed_.size() < kMaxNodes) changed_.insert(path);
      if (std::exchange(round_, true)) return;
      timer_ = context_.loop.after(kRound, [this] {
        round_ = false;
        for (const std::string& changed : std::exchange(changed_, {})) look(changed);
      });
    }));
  }
}

NeighbourView::~NeighbourView() { *alive_ = false; }

// One event may stand for a whole tree (a removal, the first event of a watch).
void NeighbourView::look(const std::string& path) {
  const auto below = [&](const auto& entry) {
    return entry.first == path || entry.first.starts_with(path + "/");
  };
  if (std::erase_if(values_, below) > 0) tell();
  list(path, 0);
}

void NeighbourView::list(const std::string& path, std::size_t depth) {
  if (depth > kMaxDepth) return;
  client_.directory(path, [this, alive = alive_, path, depth](auto children) {
    if (!*alive || !children) return;
    for (const std::string& child : *children) list(path + "/" + child, depth + 1);
    if (!children->empty()) return;
    client_.read(path, [this, alive, path](xenstore::Answer<std::string> value) {
      if (!*alive || !value || value->empty() || values_.size() >= kMaxNodes) return;
      values_[path] = printable(*value, kMaxValue);
      tell();
    });
  });
}

void NeighbourView::tell() {
  for (const auto& listener : listeners_) listener();
}

}  // namespace lucarne::sensors
