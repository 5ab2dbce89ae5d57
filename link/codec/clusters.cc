// SPDX-License-Identifier: Apache-2.0
#include "link/codec/clusters.h"

#include <utility>

namespace lucarne::link {

using surface::Rect;

namespace {

// A letter's width and a line's height: what is nearer was drawn by the same hand.
constexpr int kNear = 16;  // pixels

Rect grown(const Rect& r) {
  return {r.x - kNear, r.y - kNear, r.width + 2 * kNear, r.height + 2 * kNear};
}

bool touches(const Cluster& cluster, const Rect& r) {
  if (intersect(cluster.bounds, r).empty()) return false;
  for (const Rect& each : cluster.rects) {
    if (!intersect(each, r).empty()) return true;
  }
  return false;
}

}  // namespace

std::vector<Cluster> clustersOf(const surface::Damage& damage) {
  std::vector<Cluster> clusters;
  for (const Rect& r : damage.rects()) {
    Cluster joined{r, {r}};
    const Rect near = grown(r);
    for (std::size_t i = 0; i < clusters.size();) {
      Cluster& other = clusters[i];
      if (!touches(other, near)) {
        ++i;
        continue;
      }
      joined.bounds = bounding(joined.bounds, other.bounds);
      joined.rects.insert(joined.rects.end(), other.rects.begin(), other.rects.end());
      std::swap(other, clusters.back());
      clusters.pop_back();
    }
    clusters.push_back(std::move(joined));
  }
  return clusters;
}

}  // namespace lucarne::link
