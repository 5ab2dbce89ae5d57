// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/history.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/sensors/fake_tree.h"
#include "tests/sensors/probe_bench.h"

namespace lucarne::sensors {
namespace {

class HistoryTest : public testing::Test {
 protected:
  Sensor light(double lux) { return {&rowOf("illuminance"), kSummary, "", {Value(lux)}}; }
  void flush(History& history) {
    bool stored = false;
    history.flush([&] { stored = true; });
    while (!stored) loop_.turn(true);
  }
  std::vector<Point> points(History& history) {
    std::vector<Point> all;
    bool done = false;
    history.after(0, 100, [&](std::vector<Batch> batches) {
      for (const Batch& batch : batches) {
        for (const Point& p : batch.series.at("illuminance/summary/lux").points) all.push_back(p);
      }
      done = true;
    });
    while (!done) loop_.turn(true);
    return all;
  }

  FakeTree folder_;
  base::Loop loop_;
  base::ManualClock clock_;
  ManualWallClock wall_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  HistorySettings settings_;
};

TEST_F(HistoryTest, KeepsEveryChangeAndTheEndOfARest) {
  History history(context_, wall_, settings_, folder_.path("h.db"));
  const WallMs start = wall_.nowMs();
  for (const double lux : {10.0, 10.0, 10.0, 20.0, 30.0}) {
    history.add(light(lux));
    wall_.advance(1000);
  }
  flush(history);

  EXPECT_EQ(points(history), (std::vector<Point>{{start, 10.0}, {start + 2000, 10.0},
                                                 {start + 3000, 20.0}, {start + 4000, 30.0}}));
}

TEST_F(HistoryTest, KeepsAValueThatRestsOnceAMinute) {
  History history(context_, wall_, settings_, folder_.path("h.db"));
  for (int i = 0; i < 600; ++i) {
    history.add(light(10));
    wall_.advance(1000);
  }
  flush(history);

  EXPECT_LE(points(history).size(), 21u);
}

TEST_F(HistoryTest, LeavesDevicesOutUnlessAsked) {
  Sensor device = light(3);
  device.id = "iio_device0";
  History history(context_, wall_, settings_, folder_.path("h.db"));

  history.add(device);

  EXPECT_EQ(history.waiting(), 0u);
}

TEST_F(HistoryTest, StoresWhatIsLeftAtItsEnd) {
  {
    History history(context_, wall_, settings_, folder_.path("h.db"));
    history.add(light(3));
  }

  History again(context_, wall_, settings_, folder_.path("h.db"));
  EXPECT_EQ(points(again).size(), 1u);
}

// A limit of this process on the size of files refuses writes as a full disk does.
class FullDisk {
 public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(HistoryTest, WaitsWhileTheDiskIsFullAndLosesNothing) {
  History history(context_, wall_, settings_, folder_.path("h.db"));
  const auto add = [&](double lux) {
    history.add(light(lux));
    wall_.advance(1000);
  };
  add(1);
  flush(history);
  {
    const FullDisk full;
    add(2);
    flush(history);
    EXPECT_NE(history.trouble(), "");
    EXPECT_EQ(history.waiting(), 1u);
    add(3);
    flush(history);
    EXPECT_EQ(history.waiting(), 2u);
  }
  add(4);
  flush(history);

  EXPECT_EQ(history.trouble(), "");
  std::vector<double> values;
  for (const Point& point : points(history)) values.push_back(*point.value);
  EXPECT_EQ(values, (std::vector<double>{1, 2, 3, 4}));
}

TEST_F(HistoryTest, BoundsWhatWaits) {
  History history(context_, wall_, settings_, folder_.path("h.db"));
  for (std::size_t i = 0; i < History::kMaxWaiting + 10; ++i) {
    history.add(light(static_cast<double>(i % 1000)));
    wall_.advance(10);
  }

  EXPECT_LE(history.waiting(), History::kMaxWaiting);
}

}  // namespace
}  // namespace lucarne::sensors
