// SPDX-License-Identifier: Apache-2.0
#include "kiosk/guests.h"

#include <string>

#include <gtest/gtest.h>

namespace lucarne::kiosk {
namespace {

const base::TimePoint kNow{std::chrono::seconds(100)};

TEST(Guests, ShowTheFirstThatComes) {
  Guests guests("");
  Guest& first = guests.arrive("one", kNow);
  guests.arrive("two", kNow);

  EXPECT_EQ(guests.shown(), &first);
}

TEST(Guests, ShowThePreferredOneWheneverItComes) {
  Guests guests("two");
  guests.arrive("one", kNow);
  Guest& second = guests.arrive("two", kNow);

  EXPECT_EQ(guests.shown(), &second);
}

TEST(Guests, KeepAGuestThatComesBackUnderItsName) {
  Guests guests("");
  Guest& first = guests.arrive("one", kNow);
  guests.leave(first, "the relay ended", kNow);
  EXPECT_EQ(guests.shown(), &first);
  EXPECT_FALSE(first.connected);

  EXPECT_EQ(&guests.arrive("one", kNow), &first);
  EXPECT_TRUE(first.connected);
  EXPECT_EQ(guests.all().size(), 1u);
}

TEST(Guests, DoNotShowAnotherWhileTheShownOneMayComeBack) {
  Guests guests("");
  Guest& first = guests.arrive("one", kNow);
  guests.leave(first, "", kNow);

  guests.arrive("two", kNow + Guests::kPatience);
  EXPECT_EQ(guests.shown(), &first);

  Guest& third = guests.arrive("three", kNow + Guests::kPatience + std::chrono::milliseconds(1));
  EXPECT_EQ(guests.shown(), &third);
}

TEST(Guests, StepThroughAllOfThemInBothDirections) {
  Guests guests("");
  for (const char* name : {"one", "two", "three"}) guests.arrive(name, kNow);

  guests.showNext(+1);
  EXPECT_EQ(guests.shown()->name, "two");
  guests.showNext(+1);
  guests.showNext(+1);
  EXPECT_EQ(guests.shown()->name, "one");
  guests.showNext(-1);
  EXPECT_EQ(guests.shown()->name, "three");
}

TEST(Guests, HaveNoNextOneWhenThereIsNone) {
  Guests guests("");
  guests.showNext(+1);

  EXPECT_EQ(guests.shown(), nullptr);
}

TEST(Guests, ForgetTheOneThatLeftLongestAgoAndNeverTheShownOne) {
  Guests guests("");
  for (std::size_t i = 0; i < Guests::kMaxRemembered; ++i) {
    Guest& guest = guests.arrive("guest " + std::to_string(i), kNow);
    guests.leave(guest, "", kNow + std::chrono::seconds(i));
  }

  guests.arrive("new", kNow);

  EXPECT_EQ(guests.all().size(), Guests::kMaxRemembered);
  EXPECT_EQ(guests.shown(), guests.find("guest 0"));
  EXPECT_EQ(guests.find("guest 1"), nullptr);
  EXPECT_NE(guests.find("guest 2"), nullptr);
}

TEST(Guests, HaveAColourThatDependsOnTheNameOnly) {
  EXPECT_EQ(colourOf("work"), colourOf("work"));
  EXPECT_NE(colourOf("work"), colourOf("home"));
}

}  // namespace
}  // namespace lucarne::kiosk
