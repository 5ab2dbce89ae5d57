// SPDX-License-Identifier: Apache-2.0
// Finds what may be a video: rectangles in which nearly everything changes all the time and has many
// colours, for longer than a window is dragged or a page scrolled.
//
// Pure bookkeeping on the codec's tiles; call from one thread.
#pragma once

#include <vector>

#include "base/clock.h"
#include "link/codec/wire.h"

namespace lucarne::link {

class VideoRegions {
 public:
  /// A region's side, at least.
  static constexpr int kLeastSide = 128;

  /// Forgets everything, for a picture of this size.
  void reset(surface::Size picture);

  /// This part of the tile, which has many colours, is found changed now, and not by a copy.
  void note(std::size_t tile, const surface::Rect& changed, base::TimePoint now);

  /// At most kVideos rectangles that do not overlap, the largest first; sides even.
  std::vector<surface::Rect> find(base::TimePoint now) const;

 private:
  struct Tile {
    base::TimePoint since{};  // it has not rested since
    base::TimePoint last{};
    int changes = 0;
    surface::Rect box;        // all that changed since
  };
  struct Region;

  bool moves(const Tile& tile, base::TimePoint now) const;
  Region regionAt(std::size_t tile, base::TimePoint now, std::vector<bool>& seen) const;
  bool isVideo(const Region& region, surface::Rect& r) const;

  surface::Size picture_;
  std::vector<Tile> tiles_;
};

}  // namespace lucarne::link
