// SPDX-License-Identifier: Apache-2.0
// What the peer shows, as the encoder knows it: every op that was emitted whole is applied here too.
//
// The X byte of a pixel is kInexact where the peer has it only nearly (lossy); the colour bytes are
// what was meant, so that comparing with a new picture still tells what changed since. Copies carry
// the marks along.
#pragma once

#include <vector>

#include "link/codec/pixel_kernels.h"
#include "link/codec/tile_cache.h"
#include "surface/frame.h"

namespace lucarne::link {

class PeerModel {
 public:
  /// The peer starts with black and nothing stored.
  void reset(surface::Size size);
  /// The peer starts with black and has what it had stored in this state, if that is still known
  /// here. False, and nothing has changed, where it is not, or is of another size.
  bool resetKeeping(const TileCache::State& stored, surface::Size size);
  /// As Size with keep: what overlaps stays, stored tiles are forgotten.
  void resize(surface::Size size);

  surface::Size size() const { return size_; }
  surface::ConstFrame picture() const { return {pixels_.data(), size_, size_.width * 4}; }
  const TileCache& cache() const { return cache_; }

  /// The peer now shows this there; `from` is a whole picture. Mark 0 or kInexact.
  void draw(surface::ConstFrame from, const surface::Rect& r, surface::Pixel mark);
  /// The same from a frame of r's size.
  void drawPart(surface::ConstFrame part, const surface::Rect& r, surface::Pixel mark);
  void fill(const surface::Rect& r, surface::Pixel colour);
  void move(const surface::Rect& to, surface::GuestPoint from);
  void store(std::size_t tile) { cache_.store(picture(), tile); }
  void recall(std::size_t slot, const surface::Rect& r);

  /// The part of `r` that the peer has only nearly.
  surface::Rect inexactPart(const surface::Rect& r) const { return markedBox(picture(), r); }

 private:
  surface::Frame frame() { return {pixels_.data(), size_, size_.width * 4}; }

  surface::Size size_;
  std::vector<surface::Pixel> pixels_;
  TileCache cache_;
};

}  // namespace lucarne::link
