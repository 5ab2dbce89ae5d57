// SPDX-License-Identifier: Apache-2.0
// How often is written, as the daemon sees it.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "xenstore/busiest_second.h"
#include "xenstore/daemon_sockets.h"
#include "xenstore/publisher.h"
#include "xenstore/token_bucket.h"

namespace lucarne::xenstore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::TimePoint kStart{seconds(100)};

TEST(TokenBucketTest, LetsNoSecondHaveMoreThanTheRate) {
  TokenBucket bucket(40, kStart);
  BusiestSecond seen;
  base::TimePoint now = kStart;

  for (int batch = 0; batch < 100; ++batch) {
    now = std::max(now, bucket.readyAt(1 + batch % 10, now));
    bucket.take(1 + batch % 10, now);
    seen.note(static_cast<std::uint64_t>(1 + batch % 10), now);
  }

  EXPECT_LE(seen.take(), 40U);
}

// Sent at once, done 0.7 s later by a daemon that stood still, and the next as soon as that is known.
TEST(TokenBucketTest, LetsNoSecondHaveMoreWhereItArrivesLate) {
  TokenBucket bucket(40, kStart);
  BusiestSecond arrived;
  base::TimePoint now = kStart;

  for (int batch = 0; batch < 30; ++batch) {
    now = std::max(now, bucket.readyAt(10, now));
    bucket.take(10, now);
    now += milliseconds(batch % 3 == 0 ? 700 : 1);
    arrived.note(10, now);
    bucket.arrived(now);
  }

  EXPECT_LE(arrived.take(), 40U);
}

TEST(TokenBucketTest, HasNoLimitAtARateOfNothing) {
  TokenBucket bucket(0, kStart);

  bucket.take(1'000'000, kStart);

  EXPECT_EQ(bucket.readyAt(1'000'000, kStart), kStart);
  EXPECT_GT(bucket.most(), 1'000'000);
}

TEST(BusiestSecondTest, FindsTheFullestSecondWhereverItBegins) {
  BusiestSecond busiest;

  busiest.note(3, kStart);
  busiest.note(4, kStart + milliseconds(900));
  busiest.note(5, kStart + milliseconds(1800));
  busiest.note(1, kStart + milliseconds(1950));

  EXPECT_EQ(busiest.take(), 9U) << "from 0.9 s to 1.8 s";
  busiest.note(1, kStart + milliseconds(2100));
  EXPECT_EQ(busiest.take(), 7U) << "of the last second, since it was asked last";
}

/// A daemon, a publisher and a reader in one loop.
class PublisherRate : public testing::Test {
 protected:
  static constexpr int kNodes = 37;  // ten fingers, a pointer, their counts

  PublisherRate() {
    char folder[] = "/tmp/lucarne-rate-XXXXXX";
    folder_ = ::mkdtemp(folder);
    sockets_.listen(0, folder_ + "/socket");
    client_ = std::make_unique<Client>(context_, folder_ + "/socket");
  }
  ~PublisherRate() override {
    client_.reset();
    std::filesystem::remove_all(folder_);
  }
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop_.after(seconds(60), [&late] { late = true; });
    const auto tick = loop_.every(milliseconds(2), [] {});
    while (!so() && !late) loop_.turn(true);
    return so();
  }
  std::string read(const std::string& path) {
    std::string got;
    bool answered = false;
    client_->read(path, [&](const Answer<std::string>& answer) {
      got = answer ? *answer : answer.error().message;
      answered = true;
    });
    until([&] { return answered; });
    return got;
  }
  int mostWrites() {
    const std::string stats = sockets_.stats();
    const std::string key = "\"most_writes_in_a_second\":";
    return std::atoi(stats.c_str() + stats.find(key) + key.size());
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::string folder_;
  DaemonSockets sockets_{context_, {}};
  std::unique_ptr<Client> client_;
};

class PublisherRates : public PublisherRate, public testing::WithParamInterface<int> {};

TEST_P(PublisherRates, AreKeptAsTheDaemonCountsAndTheLastValuesAreRight) {
  const int rate = GetParam();
  Publisher publisher(*client_, context_, {.base = "/pub", .writesPerSecond = rate});
  const auto name = [](int node) { return "n/" + std::to_string(node); };
  for (int node = 0; node < kNodes; ++node) publisher.set(name(node), -1);
  ASSERT_TRUE(until([&] { return publisher.counters().batches == 1; }));
  mostWrites();

  // Everything changes all the time, for two seconds.
  const base::TimePoint end = clock_.now() + seconds(2);
  int value = 0;
  while (clock_.now() < end) {
    ++value;
    for (int node = 0; node < kNodes; ++node) publisher.set(name(node), value);
    loop_.turn(false);
  }
  for (int node = 0; node < kNodes; ++node) {
    EXPECT_TRUE(until([&] { return read("/pub/" + name(node)) == std::to_string(value); })) << node;
  }

  const int most = mostWrites();
  EXPECT_GT(most, 0);
  if (rate > 0) {
    EXPECT_LE(most, rate);
  }
  EXPECT_TRUE(until([&] {
    return read("/pub/serial") == std::to_string(publisher.counters().serial);
  }));
}

INSTANTIATE_TEST_SUITE_P(PerSecond, PublisherRates, testing::Values(0, 30, 100, 200, 1000));

TEST_F(PublisherRate, ANodeThatChangesAllTheTimeDoesNotKeepOthersFromBeingWritten) {
  Publisher publisher(*client_, context_, {.base = "/pub", .writesPerSecond = 12});
  for (const char* name : {"a", "b", "c", "d", "z"}) publisher.set(name, "0");
  ASSERT_TRUE(until([&] { return publisher.counters().batches == 1; }));

  int value = 0;
  bool written = false;
  publisher.set("z", "1");
  ASSERT_TRUE(until([&] {
    for (const char* name : {"a", "b", "c", "d"}) publisher.set(name, ++value);
    client_->read("/pub/z", [&](const Answer<std::string>& a) { written = a && *a == "1"; });
    return written;
  }));
}

}  // namespace
}  // namespace lucarne::xenstore
