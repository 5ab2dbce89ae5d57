// SPDX-License-Identifier: Apache-2.0
#include "link/codec/clusters.h"

#include <gtest/gtest.h>

namespace lucarne::link {
namespace {

using surface::Damage;
using surface::Rect;

TEST(Clusters, AreNoneWithoutDamage) { EXPECT_TRUE(clustersOf({}).empty()); }

TEST(Clusters, KeepALetterApartFromAWindow) {
  Damage damage(Rect{100, 100, 400, 10});
  damage.add(Rect{100, 115, 10, 200});
  damage.add(Rect{900, 20, 8, 16});

  auto clusters = clustersOf(damage);

  ASSERT_EQ(clusters.size(), 2u);
  if (clusters[0].rects.size() < clusters[1].rects.size()) std::swap(clusters[0], clusters[1]);
  EXPECT_EQ(clusters[0].bounds, (Rect{100, 100, 400, 215}));
  EXPECT_EQ(clusters[1].bounds, (Rect{900, 20, 8, 16}));
}

TEST(Clusters, AreJoinedByWhatComesBetweenThem) {
  Damage damage(Rect{0, 0, 10, 10});
  damage.add(Rect{60, 0, 10, 10});
  damage.add(Rect{20, 0, 30, 10});

  const auto clusters = clustersOf(damage);

  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].bounds, (Rect{0, 0, 70, 10}));
}

TEST(Clusters, AreNotJoinedByBoundsAlone) {
  Damage damage(Rect{0, 0, 200, 4});
  damage.add(Rect{0, 4, 4, 200});
  damage.add(Rect{150, 150, 8, 8});

  EXPECT_EQ(clustersOf(damage).size(), 2u);
}

}  // namespace
}  // namespace lucarne::link
