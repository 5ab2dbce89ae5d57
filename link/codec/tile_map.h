// SPDX-License-Identifier: Apache-2.0
// What the encoder knows of each tile, and the queues of tiles to send.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "link/codec/wire.h"

namespace lucarne::link {

struct TileState {
  surface::Rect changed;         ///< differs from what the peer shows; empty: nothing to send
  base::TimePoint changedAt{};   ///< when the guest last changed it
  float heat = 0;                ///< whole changes in the last half second, decaying
  Lane lane = Lane::Large;       ///< the queue it is in, while `queued`
  bool queued = false;
  bool snapped = false;          ///< its pixels were copied aside: they are those of this frame
  bool photo = false;            ///< more colours than a palette holds
  bool sparse = false;           ///< a few bands of `changed` are what differs
  surface::Rect blurred;         ///< of them, what went as blocks since it was found changed
  bool inexact = false;          ///< may hold pixels that the peer has only nearly
  surface::Pixel worst = 0;      ///< no mark in it is worse, while `inexact`

  /// It may hold pixels that are marked so.
  void doubt(surface::Pixel mark) {
    worst = inexact ? std::max(worst, mark) : mark;
    inexact = true;
  }
};

class TileMap {
 public:
  /// A tile that changes more often than this in half a second is Hot: 12 a second is faster than
  /// anybody types, and slower than any video.
  static constexpr float kHot = 5;

  void reset(surface::Size picture);

  std::size_t count() const { return tiles_.size(); }
  int across() const { return across_; }
  TileState& operator[](std::size_t index) { return tiles_[index]; }
  const TileState& operator[](std::size_t index) const { return tiles_[index]; }
  surface::Rect rect(std::size_t index) const { return tileRect(index, picture_); }

  /// Calls `visit(index, part)` for each tile that `r` touches, in reading order.
  template <typename Visit>
  void visit(const surface::Rect& r, Visit visit) const {
    for (int ty = r.y / kTile; ty <= (r.bottom() - 1) / kTile; ++ty) {
      for (int tx = r.x / kTile; tx <= (r.right() - 1) / kTile; ++tx) {
        const auto index = static_cast<std::size_t>(ty * across_ + tx);
        visit(index, intersect(r, rect(index)));
      }
    }
  }

  /// Counts a change of `box`. A letter in a tile is less of a change than a video's picture: what
  /// covers a quarter of the tile counts whole, less counts by its area.
  void heatUp(std::size_t index, const surface::Rect& box, base::TimePoint now);

  /// Puts a tile into a queue, unless it is in one that goes earlier. `changed` must be set.
  void enqueue(std::size_t index, Lane lane);
  /// The first tile of the queue that still has something to send; leaves it there.
  bool front(Lane lane, std::size_t& index);
  void pop(Lane lane);
  /// The tile behind the front one at `offset`, for runs of neighbours.
  bool peek(Lane lane, std::size_t offset, std::size_t& index) const;
  bool isIdle(Lane lane);

  /// Calls `visit(index)` for every queued tile.
  template <typename Visit>
  void visitQueued(Visit visit) const {
    for (const auto& queue : queues_) {
      for (const std::size_t index : queue) {
        if (tiles_[index].queued) visit(index);
      }
    }
  }

 private:
  surface::Size picture_;
  int across_ = 0;
  std::vector<TileState> tiles_;
  // Repairs have no queue: the nearest one to the pointer goes first. A tile that moved to an earlier
  // queue, or was served by a copy, stays behind in its old one until it comes to the front.
  std::array<std::deque<std::size_t>, kLanes - 1> queues_;
};

}  // namespace lucarne::link
