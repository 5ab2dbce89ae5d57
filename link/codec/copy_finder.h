// SPDX-License-Identifier: Apache-2.0
// Finds what moved, by content: a page that scrolled by any amount in any direction, a window that
// was dragged.
//
// A few short runs of changed pixels (probes) are looked for everywhere in what the peer shows, by a
// rolling hash; the distances they are found at vote. The best distances are tried out in blocks, and
// the largest rectangle that is the same when moved is grown to the pixel. Costs a quarter of a
// nanosecond per pixel of the changed area; after searches in vain it rests for some frames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "link/codec/tile_map.h"
#include "surface/frame.h"

namespace lucarne::link {

struct Move {
  surface::Rect to;
  surface::GuestPoint from;
};

class CopyFinder {
 public:
  /// Looks for candidates: `changed` are the tiles (their `changed` part) in which `now` differs from
  /// `before`, `bounds` is around them. False when there are none, or while it rests. Where the last
  /// move goes on, it is the only candidate and nothing is searched.
  bool search(surface::ConstFrame now, surface::ConstFrame before, const TileMap& tiles,
              const std::vector<std::size_t>& changed, const surface::Rect& bounds);

  /// The move that makes most changed pixels right; `before` may have changed since `search` by the
  /// moves it gave. Every pixel of `to` in `now` is the same as its source in `before`.
  std::optional<Move> best(surface::ConstFrame now, surface::ConstFrame before,
                           const TileMap& tiles, const surface::Rect& bounds);

  /// Tells how it went, after the last `best`: whether there was any use in the search. Not after a
  /// search that found no candidates.
  void finish(bool useful);

 private:
  struct Offset {
    int dx = 0;  // source minus target
    int dy = 0;
    int votes = 0;
    friend bool operator==(const Offset& a, const Offset& b) { return a.dx == b.dx && a.dy == b.dy; }
  };
  struct Probe {
    std::uint32_t hash = 0;
    int x = 0;
    int y = 0;
    bool used = false;
  };
  static constexpr std::size_t kTable = 1024;
  static constexpr std::size_t kBloomBits = 8192;

  void addProbes(surface::ConstFrame now, surface::ConstFrame before, const surface::Rect& part);
  void addProbe(surface::ConstFrame now, int x, int y);
  void lookFor(surface::ConstFrame now, surface::ConstFrame before, const surface::Rect& bounds);
  void onHash(surface::ConstFrame now, surface::ConstFrame before, std::uint32_t hash, int x, int y);
  void vote(int dx, int dy);
  bool stillMoves(surface::ConstFrame now, surface::ConstFrame before, const TileMap& tiles,
                  const std::vector<std::size_t>& changed) const;
  surface::Rect largestMatch(surface::ConstFrame now, surface::ConstFrame before,
                             const Offset& offset, const surface::Rect& bounds);

  std::array<Probe, kTable> table_{};
  std::array<std::uint64_t, kBloomBits / 64> bloom_{};
  int probes_ = 0;
  std::vector<Offset> offsets_;
  std::vector<int> heights_;
  Offset last_{};       // what was useful before: a page keeps scrolling by the same amount
  bool lastKnown_ = false;
  int resting_ = 0;     // frames left to rest
  int nextRest_ = 0;
};

}  // namespace lucarne::link
