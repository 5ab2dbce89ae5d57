// SPDX-License-Identifier: Apache-2.0
// InputEvent's ranges, InputQueue, HeldInput.
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "surface/held_input.h"
#include "surface/input_event.h"
#include "surface/input_queue.h"

namespace lucarne::surface {
namespace {

constexpr auto kPressed = Transition::Pressed;
constexpr auto kReleased = Transition::Released;
constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

Touch touch(int slot, TouchPhase phase, GuestPoint at = {}, bool last = true) {
  return {static_cast<std::uint8_t>(slot), phase, at, last};
}

std::vector<InputEvent> drain(InputQueue& queue) {
  std::vector<InputEvent> events;
  for (; !queue.empty(); queue.pop()) events.push_back(queue.front());
  return events;
}

TEST(InputEvent, KnowsItsRanges) {
  EXPECT_TRUE(isInRange(PointerMoved{{0, 0}}));
  EXPECT_TRUE(isInRange(PointerMoved{{16383, 16383}}));
  EXPECT_FALSE(isInRange(PointerMoved{{16384, 0}}));
  EXPECT_FALSE(isInRange(PointerMoved{{0, -1}}));
  EXPECT_TRUE(isInRange(PointerNudged{kMost, -kMost}));
  EXPECT_TRUE(isInRange(PointerButton{0x110, kPressed}));
  EXPECT_TRUE(isInRange(PointerButton{0x117, kPressed}));
  EXPECT_FALSE(isInRange(PointerButton{0x10f, kPressed}));
  EXPECT_FALSE(isInRange(PointerButton{0x118, kPressed}));
  EXPECT_TRUE(isInRange(Key{1, kReleased}));
  EXPECT_TRUE(isInRange(Key{0x2ff, kReleased}));
  EXPECT_FALSE(isInRange(Key{0, kReleased}));
  EXPECT_FALSE(isInRange(Key{0x300, kReleased}));
  EXPECT_TRUE(isInRange(touch(15, TouchPhase::Cancelled)));
  EXPECT_FALSE(isInRange(touch(16, TouchPhase::Down)));
  EXPECT_FALSE(isInRange(touch(0, TouchPhase::Moved, {0, 16384})));
}

TEST(InputEvent, IsClampedToThePicture) {
  EXPECT_EQ(clamped(PointerMoved{{500, -3}}, {100, 50}), InputEvent(PointerMoved{{99, 0}}));
  EXPECT_EQ(clamped(touch(1, TouchPhase::Down, {5, 50}), {100, 50}),
            InputEvent(touch(1, TouchPhase::Down, {5, 49})));
  EXPECT_EQ(clamped(PointerMoved{{500, 500}}, {}), InputEvent(PointerMoved{{0, 0}}));
  EXPECT_EQ(clamped(Key{30, kPressed}, {1, 1}), InputEvent(Key{30, kPressed}));
}

TEST(InputQueue, KeepsOnlyTheLastOfSeveralMoves) {
  InputQueue queue;

  queue.push(PointerMoved{{1, 1}});
  queue.push(PointerMoved{{2, 2}});

  EXPECT_EQ(drain(queue), std::vector<InputEvent>{(PointerMoved{{2, 2}})});
}

TEST(InputQueue, NeverFoldsMotionAcrossATransition) {
  InputQueue queue;
  const std::vector<InputEvent> events = {
      PointerMoved{{1, 1}}, PointerButton{0x110, kPressed}, PointerMoved{{9, 9}},
      PointerButton{0x110, kReleased}, PointerMoved{{1, 1}}};

  for (const InputEvent& event : events) queue.push(event);

  EXPECT_EQ(drain(queue), events);
}

TEST(InputQueue, NeverFoldsTransitions) {
  InputQueue queue;
  const std::vector<InputEvent> events = {Key{30, kPressed}, Key{30, kReleased}, Key{30, kPressed},
                                          Key{30, kReleased}};

  for (const InputEvent& event : events) queue.push(event);

  EXPECT_EQ(drain(queue), events);
}

TEST(InputQueue, SumsNudgesAndWheelSteps) {
  InputQueue queue;

  queue.push(PointerNudged{5, -6});
  queue.push(PointerNudged{7, -8});
  queue.push(Wheel{120, 0});
  queue.push(Wheel{-60, 15});

  EXPECT_EQ(drain(queue),
            (std::vector<InputEvent>{PointerNudged{12, -14}, Wheel{60, 15}}));
}

TEST(InputQueue, AppendsWhereASumWouldOverflow) {
  InputQueue queue;

  queue.push(PointerNudged{kMost, 0});
  queue.push(PointerNudged{1, 1});

  EXPECT_EQ(drain(queue), (std::vector<InputEvent>{PointerNudged{kMost, 0}, PointerNudged{1, 1}}));
}

TEST(InputQueue, FoldsFingersThatMoveTogether) {
  InputQueue queue;
  queue.push(touch(0, TouchPhase::Down, {0, 0}, false));
  queue.push(touch(1, TouchPhase::Down, {50, 50}));

  for (int i = 1; i < 10; ++i) {
    queue.push(touch(0, TouchPhase::Moved, {i, i}, false));
    queue.push(touch(1, TouchPhase::Moved, {50 + i, 50}));
  }

  EXPECT_EQ(drain(queue),
            (std::vector<InputEvent>{touch(0, TouchPhase::Down, {0, 0}, false),
                                     touch(1, TouchPhase::Down, {50, 50}),
                                     touch(0, TouchPhase::Moved, {9, 9}, false),
                                     touch(1, TouchPhase::Moved, {59, 50})}));
}

TEST(InputQueue, AFoldedMomentStillEnds) {
  InputQueue queue;

  queue.push(touch(0, TouchPhase::Moved, {1, 1}, false));
  queue.push(touch(1, TouchPhase::Moved, {2, 2}, false));
  queue.push(touch(0, TouchPhase::Moved, {3, 3}, true));

  EXPECT_EQ(drain(queue), (std::vector<InputEvent>{touch(0, TouchPhase::Moved, {3, 3}, false),
                                                   touch(1, TouchPhase::Moved, {2, 2}, true)}));
}

TEST(InputQueue, RefusesMoreTransitionsThanItsBoundAndKeepsThoseItHas) {
  InputQueue queue;
  for (std::size_t i = 0; i < InputQueue::kMaxEvents; ++i) {
    ASSERT_TRUE(queue.push(Key{30, i % 2 == 0 ? kPressed : kReleased}));
  }

  EXPECT_FALSE(queue.push(Key{31, kPressed}));

  EXPECT_EQ(queue.size(), InputQueue::kMaxEvents);
}

TEST(HeldInput, LiftsExactlyWhatIsDown) {
  HeldInput held;
  held.note(Key{30, kPressed});
  held.note(Key{31, kPressed});
  held.note(Key{31, kReleased});
  held.note(PointerButton{0x110, kPressed});
  held.note(touch(2, TouchPhase::Down));
  held.note(touch(3, TouchPhase::Down));
  held.note(touch(4, TouchPhase::Down));
  held.note(touch(4, TouchPhase::Up));
  held.note(PointerMoved{{5, 5}});

  EXPECT_FALSE(held.empty());
  EXPECT_EQ(held.liftAll(),
            (std::vector<InputEvent>{Key{30, kReleased}, PointerButton{0x110, kReleased},
                                     touch(2, TouchPhase::Cancelled, {}, false),
                                     touch(3, TouchPhase::Cancelled, {}, true)}));
  EXPECT_TRUE(held.empty());
  EXPECT_TRUE(held.liftAll().empty());
}

TEST(HeldInput, TellsAKeyFromAButtonOfTheSameCode) {
  HeldInput held;
  held.note(Key{0x110, kPressed});

  EXPECT_EQ(held.liftAll(), std::vector<InputEvent>{(Key{0x110, kReleased})});
}

TEST(HeldInput, IgnoresCodesThatCannotBe) {
  HeldInput held;

  held.note(Key{0xffff, kPressed});
  held.note(touch(200, TouchPhase::Down));

  EXPECT_TRUE(held.empty());
}

}  // namespace
}  // namespace lucarne::surface
