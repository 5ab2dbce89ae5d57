// SPDX-License-Identifier: Apache-2.0
#include "sensors/read_pool.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

class ReadPoolTest : public testing::Test {
 protected:
  void until(const bool& done) {
    const auto timer = loop_.after(std::chrono::seconds(20), [] { FAIL() << "no answer"; });
    while (!done && !HasFailure()) loop_.turn(true);
  }
  FakeTree tree_;
  base::Loop loop_;
};

TEST_F(ReadPoolTest, AnswersOnTheLoop) {
  tree_.put("a/one", "1");
  ReadPool pool(loop_);
  bool done = false;

  pool.read({tree_.path("a"), {"one", "none"}, Listing::Yes, ""}, [&](const Attributes& read) {
    EXPECT_EQ(*read.text("one"), "1");
    EXPECT_FALSE(read.has("none"));
    EXPECT_TRUE(read.lists("one"));
    done = true;
  });
  EXPECT_FALSE(done);
  until(done);
}

TEST_F(ReadPoolTest, OthersGoOnBesideAReadThatHangs) {
  tree_.putHanging("a/hung");
  tree_.put("b/one", "1");
  ReadPool pool(loop_);
  bool hungDone = false;
  bool done = false;
  const auto ticket = pool.read({tree_.path("a"), {"hung"}, Listing::No, ""},
                                [&](const Attributes&) { hungDone = true; });
  while (pool.progress(ticket).file != "hung") loop_.turn(false);

  pool.overtake(ticket);
  pool.read({tree_.path("b"), {"one"}, Listing::No, ""}, [&](const Attributes&) { done = true; });
  until(done);
  EXPECT_FALSE(hungDone);

  std::ofstream(tree_.path("a/hung")) << "late\n";
  until(hungDone);
}

TEST_F(ReadPoolTest, MayEndWhileAReadHangs) {
  tree_.putHanging("a/hung");
  bool called = false;
  {
    ReadPool pool(loop_);
    const auto ticket = pool.read({tree_.path("a"), {"hung"}, Listing::No, ""},
                                  [&](const Attributes&) { called = true; });
    while (!pool.progress(ticket).started) loop_.turn(false);
  }
  std::ofstream(tree_.path("a/hung")) << "late\n";
  while (loop_.turn(false)) {
  }

  EXPECT_FALSE(called);
}

TEST_F(ReadPoolTest, Writes) {
  tree_.put("a/brightness", "1");
  ReadPool pool(loop_);
  bool done = false;

  pool.read({tree_.path("a"), {"brightness"}, Listing::No, "77"}, [&](const Attributes& wrote) {
    EXPECT_EQ(wrote.trouble("brightness"), "");
    done = true;
  });
  until(done);

  EXPECT_EQ(tree_.get("a/brightness"), "77");
}

TEST_F(ReadPoolTest, CutsWhatIsLongerThanAPage) {
  tree_.put("a/long", std::string(100'000, 'x'));

  EXPECT_EQ(readNow({tree_.path("a"), {"long"}, Listing::No, ""}).text("long")->size(),
            kMaxAttribute);
}

}  // namespace
}  // namespace lucarne::sensors
