// SPDX-License-Identifier: Apache-2.0
// Contents that tiles had before, kept by both ends in step: what was under a window or a menu comes
// back without being sent again.
//
// A ring of slots: Store ops fill the next ones in order, so both ends know the numbers without
// saying them. Memory is taken slot by slot, at most kMaxSlots x 16 KiB.
//
// A digest over everything that was ever stored, in order, proves that two ends hold the same; the
// sender's end remembers earlier digests, to go back to what had arrived when a line broke.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "link/codec/wire.h"
#include "surface/frame.h"

namespace lucarne::link {

class TileCache {
 public:
  /// 32 MiB at each end at most; a picture of 1280x800 gets twice its 260 tiles.
  static constexpr std::size_t kMaxSlots = 2048;
  /// How many earlier contents of one place are looked at.
  static constexpr int kDepth = 3;

  /// Empties it, for a picture of this size.
  void reset(surface::Size picture);

  /// Keeps what the tile shows now.
  void store(surface::ConstFrame picture, std::size_t tile);
  /// The part of a slot's tile that covers `r`, which must lie within one tile of the picture, as a
  /// frame of r's size. Nothing when the slot is empty or its tile was smaller.
  std::optional<surface::ConstFrame> content(std::size_t slot, const surface::Rect& r) const;

  /// The slots with earlier contents of this tile, newest first.
  struct Candidates {
    int count = 0;
    std::size_t slots[kDepth] = {};
  };
  Candidates candidates(std::size_t tile) const;

  std::size_t slots() const { return slots_.size(); }
  surface::Size picture() const { return picture_; }

  /// How many tiles were stored since `reset`, and the digest of the size, the tiles' numbers and their
  /// contents (XXH3, each one over the one before).
  struct State {
    std::uint64_t stores = 0;
    std::uint64_t digest = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  State state() const;
  /// Back to an earlier state; the slots filled since are empty. False where it never was in that
  /// state, or all slots were filled since: nothing has changed then.
  bool goBack(const State& to);

 private:
  static constexpr std::int32_t kNone = -1;
  struct Slot {
    std::unique_ptr<surface::Pixel[]> pixels;
    surface::Size size;
    std::int32_t tile = kNone;
    std::int32_t older = kNone;  // the slot that held this tile's content before
  };

  std::size_t slotOf(std::uint64_t store) const { return store % slots_.size(); }
  std::uint64_t& digestAfter(std::uint64_t stores) { return digests_[stores % digests_.size()]; }

  surface::Size picture_;
  std::vector<Slot> slots_;
  std::vector<std::int32_t> newest_;  // by tile
  std::vector<std::uint64_t> digests_;  // after so many stores, modulo one more than there are slots
  std::uint64_t stores_ = 0;
};

}  // namespace lucarne::link
