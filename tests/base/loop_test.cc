// SPDX-License-Identifier: Apache-2.0
#include "base/loop.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.h"

namespace lucarne::base {
namespace {

using std::chrono::milliseconds;

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) throw SetupError("pipe");
    reader = UniqueFd::adopt(ends[0]);
    writer = UniqueFd::adopt(ends[1]);
  }
  UniqueFd reader;
  UniqueFd writer;
};

TEST(Loop, CallsAWatcherWhenItsDescriptorIsReadable) {
  Loop loop;
  Pipe pipe;
  char got = 0;
  const auto watch = loop.watch(pipe.reader, Interest::Read, [&](Readiness) {
    ASSERT_EQ(::read(pipe.reader.get(), &got, 1), 1);
    loop.quit();
  });

  ASSERT_EQ(::write(pipe.writer.get(), "x", 1), 1);
  loop.run();

  EXPECT_EQ(got, 'x');
}

// Whether it stays polled or not.
TEST(Loop, AWatcherThatTurnsTheLoopIsNotCalledInsideItself) {
  for (const bool stays : {false, true}) {
    Loop loop;
    Pipe pipe;
    Pipe other;
    int calls = 0;
    int depth = 0;
    int deepest = 0;
    int others = 0;
    char got = 0;
    auto watch = loop.watch(pipe.reader, Interest::Read, [&](Readiness) {
      ++calls;
      deepest = std::max(deepest, ++depth);
      for (int i = 0; i < 10; ++i) loop.turn(false);  // readable all the time
      --depth;
      ASSERT_EQ(::read(pipe.reader.get(), &got, 1), 1);
    });
    if (stays) watch.stayPolled();
    const auto otherWatch = loop.watch(other.reader, Interest::Read, [&](Readiness) {
      ASSERT_EQ(::read(other.reader.get(), &got, 1), 1);
      ++others;
    });

    for (int time = 1; time <= 2; ++time) {
      ASSERT_EQ(::write(pipe.writer.get(), "x", 1), 1);
      ASSERT_EQ(::write(other.writer.get(), "x", 1), 1);
      while (calls < time || others < time) loop.turn(true);
    }

    EXPECT_EQ(deepest, 1);
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(others, 2) << "others are called meanwhile, or afterwards";
  }
}

TEST(Loop, AWatcherMayDropItselfFromItsOwnCallback) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  Watch watch;
  watch = loop.watch(pipe.writer, Interest::Write, [&](Readiness) {
    ++calls;
    watch.cancel();
  });

  while (loop.turn(false)) {
  }

  EXPECT_EQ(calls, 1);
}

TEST(Loop, AWatcherThatWantsNothingIsNotCalled) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  auto watch = loop.watch(pipe.writer, Interest::Write, [&](Readiness) { ++calls; });

  watch.want(Interest::None);
  while (loop.turn(false)) {
  }
  EXPECT_EQ(calls, 0);

  watch.want(Interest::Write);
  loop.turn(false);
  EXPECT_EQ(calls, 1);
}

TEST(Loop, ReportsAHangUpAsReadable) {
  Loop loop;
  Pipe pipe;
  Readiness seen;
  const auto watch = loop.watch(pipe.reader, Interest::Read, [&](Readiness r) { seen = r; });

  pipe.writer.reset();
  loop.turn(true);

  EXPECT_TRUE(seen.readable);
  EXPECT_TRUE(seen.hungUp);
}

TEST(Loop, ATimerNeverFiresEarly) {
  Loop loop;
  const RealClock clock;
  const TimePoint start = clock.now();
  TimePoint fired;
  const auto timer = loop.after(milliseconds(5), [&] {
    fired = clock.now();
    loop.quit();
  });

  loop.run();

  EXPECT_GE(fired - start, milliseconds(5));
}

TEST(Loop, ARepeatingTimerRepeatsUntilItIsDropped) {
  Loop loop;
  int calls = 0;
  Timer timer;
  timer = loop.every(milliseconds(1), [&] {
    if (++calls == 3) {
      timer.cancel();
      loop.quit();
    }
  });

  loop.run();

  EXPECT_EQ(calls, 3);
}

TEST(Loop, RunsTasksPostedByAnotherThreadOnItsOwn) {
  Loop loop;
  std::thread::id ran;
  std::thread poster([&] {
    loop.post([&] {
      ran = std::this_thread::get_id();
      loop.quit();
    });
  });

  loop.run();
  poster.join();

  EXPECT_EQ(ran, std::this_thread::get_id());
}

TEST(Loop, AnExceptionThatLeavesACallbackComesOutOfRun) {
  Loop loop;
  bool later = false;
  loop.post([] { throw SetupError("no more memory"); });
  const auto timer = loop.after(milliseconds(20), [&] { later = true; });

  EXPECT_THROW(loop.run(), SetupError);

  EXPECT_FALSE(later);
}

TEST(Loop, AnExceptionThatLeavesACallbackComesOutOfTurnOnce) {
  Loop loop;
  loop.post([] { throw SetupError("no more memory"); });

  EXPECT_THROW(loop.turn(true), SetupError);
  EXPECT_NO_THROW(loop.turn(false));
}

}  // namespace
}  // namespace lucarne::base
