// SPDX-License-Identifier: Apache-2.0
#include "kiosk/turn.h"

#include <gtest/gtest.h>

namespace lucarne::kiosk {
namespace {

using surface::Rotation;

TEST(Turn, FollowsTheTablet) {
  Turn turn(Rotation::Deg90);
  EXPECT_EQ(turn.rotation(), Rotation::Deg90);

  turn.byTablet(Rotation::Deg270);

  EXPECT_EQ(turn.rotation(), Rotation::Deg270);
  EXPECT_FALSE(turn.locked());
}

TEST(Turn, StaysWhereAPersonPutItUntilUnlocked) {
  Turn turn(Rotation::Deg0);
  turn.byTablet(Rotation::Deg0);

  turn.byHand();
  turn.byTablet(Rotation::Deg180);
  EXPECT_EQ(turn.rotation(), Rotation::Deg90);
  EXPECT_TRUE(turn.locked());

  turn.toggleLock();
  EXPECT_EQ(turn.rotation(), Rotation::Deg180);
}

TEST(Turn, CanBeLockedAsItIs) {
  Turn turn(Rotation::Deg0);
  turn.byTablet(Rotation::Deg90);

  turn.toggleLock();
  turn.byTablet(Rotation::Deg0);

  EXPECT_EQ(turn.rotation(), Rotation::Deg90);
}

TEST(Turn, IsNotLockedByHandWithoutATablet) {
  Turn turn(Rotation::Deg0);

  turn.byHand();

  EXPECT_EQ(turn.rotation(), Rotation::Deg90);
  EXPECT_FALSE(turn.locked());
}

}  // namespace
}  // namespace lucarne::kiosk
