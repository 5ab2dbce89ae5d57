// SPDX-License-Identifier: Apache-2.0
// Which parts of a picture changed: a bounded set of rectangles.
//
// Always true, sometimes generous: rectangles may cover pixels that did not change and may overlap,
// but every changed pixel is covered. Never more than kMaxRects: when one too many is added, the two
// whose union wastes least are merged, so memory and work stay bounded whatever a guest reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "surface/geometry.h"

namespace lucarne::surface {

class Damage {
 public:
  static constexpr std::size_t kMaxRects = 32;

  Damage() = default;
  explicit Damage(const Rect& r) { add(r); }

  void add(const Rect& r);
  void add(const Damage& other);
  /// Cuts everything to `bounds`.
  void clip(Size bounds);
  void clear() { rects_.clear(); }

  bool empty() const { return rects_.empty(); }
  const std::vector<Rect>& rects() const { return rects_; }
  Rect bounds() const;

 private:
  void mergeCheapestPair();

  std::vector<Rect> rects_;
};

}  // namespace lucarne::surface
