// SPDX-License-Identifier: Apache-2.0
#include "surface/damage.h"

#include <limits>

namespace lucarne::surface {

namespace {

// Pixels that the union covers and neither part does.
std::int64_t wasteOf(const Rect& a, const Rect& b) {
  return bounding(a, b).pixels() - a.pixels() - b.pixels() + intersect(a, b).pixels();
}

}  // namespace

void Damage::add(const Rect& r) {
  if (r.empty()) return;
  Rect grown = r;
  // Swallow what the new rectangle covers or completes without waste; growing may complete more.
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < rects_.size(); ++i) {
      if (rects_[i].contains(grown)) return;
      if (wasteOf(rects_[i], grown) == 0) {
        grown = bounding(rects_[i], grown);
        rects_[i] = rects_.back();
        rects_.pop_back();
        again = true;
        break;
      }
    }
  }
  rects_.push_back(grown);
  if (rects_.size() > kMaxRects) mergeCheapestPair();
}

void Damage::add(const Damage& other) {
  for (const Rect& r : other.rects_) add(r);
}

void Damage::clip(Size bounds) {
  std::erase_if(rects_, [bounds](Rect& r) { return (r = intersect(r, Rect::of(bounds))).empty(); });
}

Rect Damage::bounds() const {
  Rect all;
  for (const Rect& r : rects_) all = bounding(all, r);
  return all;
}

void Damage::mergeCheapestPair() {
  std::size_t bestA = 0;
  std::size_t bestB = 1;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t a = 0; a < rects_.size(); ++a) {
    for (std::size_t b = a + 1; b < rects_.size(); ++b) {
      if (const std::int64_t waste = wasteOf(rects_[a], rects_[b]); waste < least) {
        least = waste;
        bestA = a;
        bestB = b;
      }
    }
  }
  rects_[bestA] = bounding(rects_[bestA], rects_[bestB]);
  rects_[bestB] = rects_.back();
  rects_.pop_back();
}

}  // namespace lucarne::surface
