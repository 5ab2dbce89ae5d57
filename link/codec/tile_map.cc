// SPDX-License-Identifier: Apache-2.0
#include "link/codec/tile_map.h"

#include <algorithm>
#include <cmath>

namespace lucarne::link {

namespace {
constexpr double kHeatSeconds = 0.5;
constexpr double kWholeChange = 0.25;  // of a tile's pixels
}

void TileMap::reset(surface::Size picture) {
  picture_ = picture;
  across_ = tileGrid(picture).width;
  tiles_.assign(static_cast<std::size_t>(tileGrid(picture).pixels()), {});
  for (auto& queue : queues_) queue.clear();
}

void TileMap::heatUp(std::size_t index, const surface::Rect& box, base::TimePoint now) {
  TileState& tile = tiles_[index];
  const double since = base::toSeconds(now - tile.changedAt);
  const double share =
      static_cast<double>(box.pixels()) / static_cast<double>(rect(index).pixels());
  const double weight = std::min(1.0, share / kWholeChange);
  tile.heat = static_cast<float>(tile.heat * std::exp(-since / kHeatSeconds) + weight);
  tile.changedAt = now;
}

void TileMap::enqueue(std::size_t index, Lane lane) {
  TileState& tile = tiles_[index];
  if (tile.queued && tile.lane <= lane) return;
  tile.queued = true;
  tile.lane = lane;
  queues_[static_cast<std::size_t>(lane)].push_back(index);
}

bool TileMap::front(Lane lane, std::size_t& index) {
  auto& queue = queues_[static_cast<std::size_t>(lane)];
  while (!queue.empty()) {
    index = queue.front();
    TileState& tile = tiles_[index];
    if (tile.queued && tile.lane == lane) {
      if (!tile.changed.empty()) return true;
      tile.queued = false;
      tile.snapped = false;
    }
    queue.pop_front();
  }
  return false;
}

void TileMap::pop(Lane lane) {
  auto& queue = queues_[static_cast<std::size_t>(lane)];
  TileState& tile = tiles_[queue.front()];
  tile.queued = false;
  tile.snapped = false;
  tile.changed = {};
  queue.pop_front();
}

bool TileMap::peek(Lane lane, std::size_t offset, std::size_t& index) const {
  const auto& queue = queues_[static_cast<std::size_t>(lane)];
  if (offset >= queue.size()) return false;
  index = queue[offset];
  const TileState& tile = tiles_[index];
  return tile.queued && tile.lane == lane && !tile.changed.empty();
}

bool TileMap::isIdle(Lane lane) {
  std::size_t index = 0;
  return !front(lane, index);
}

}  // namespace lucarne::link
