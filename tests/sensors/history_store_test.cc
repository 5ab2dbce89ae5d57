// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/history_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

constexpr WallMs kNow = 1'700'000'000'000;
constexpr WallMs kDay = 24 * 3600 * 1000;

Batch batchOf(const char* key, std::vector<Point> points) {
  Batch batch;
  batch.series[key] = {SeriesOf::Numbers, 0.1, std::move(points)};
  return batch;
}

class HistoryStoreTest : public testing::Test {
 protected:
  HistoryStore open(HistoryLimits limits = {}) {
    return HistoryStore(folder_.path("history.db"), limits, base::Log::discard());
  }
  FakeTree folder_;
};

TEST_F(HistoryStoreTest, GivesBackBatchesInOrder) {
  auto store = open();
  ASSERT_TRUE(store.append(batchOf("a", {{kNow, 1.5}, {kNow + 1, std::nullopt}}), kNow));
  ASSERT_TRUE(store.append(batchOf("a", {{kNow + 2, 2.5}}), kNow));

  const auto batches = store.after(0, 10);

  ASSERT_TRUE(batches);
  ASSERT_EQ(batches->size(), 2u);
  EXPECT_EQ((*batches)[0].seq, 1);
  EXPECT_EQ((*batches)[0].series.at("a").points,
            (std::vector<Point>{{kNow, 1.5}, {kNow + 1, std::nullopt}}));
  EXPECT_EQ((*batches)[1].seq, 2);
  EXPECT_EQ(store.after(1, 10)->size(), 1u);
  EXPECT_EQ(store.after(0, 1)->size(), 1u);
}

TEST_F(HistoryStoreTest, RemembersAfterItWasClosed) {
  {
    auto store = open();
    ASSERT_TRUE(store.append(batchOf("a", {{kNow, 1.5}}), kNow));
    ASSERT_TRUE(store.setCursor("mqtt", 1));
  }

  auto store = open();

  EXPECT_EQ(store.newest(), 1);
  EXPECT_EQ(store.cursor("mqtt"), 1);
  EXPECT_EQ(store.cursor("other"), -1);
  EXPECT_EQ(store.after(0, 5)->front().series.at("a").points.front().value, 1.5);
}

TEST_F(HistoryStoreTest, DrawsColumns) {
  auto store = open();
  ASSERT_TRUE(store.append(
      batchOf("a", {{kNow, 1.0}, {kNow + 10, 3.0}, {kNow + 500, 7.0}, {kNow + 990, std::nullopt}}),
      kNow));

  const auto chart = store.chart({.keys = {"a", "none"}, .from = kNow, .to = kNow + 1000,
                                  .buckets = 10});

  ASSERT_TRUE(chart);
  const auto& buckets = chart->series.at("a").buckets;
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_EQ(buckets[0].at, kNow);
  EXPECT_EQ(buckets[0].least, 1);
  EXPECT_EQ(buckets[0].most, 3);
  EXPECT_EQ(buckets[0].mean, 2);
  EXPECT_EQ(buckets[1].at, kNow + 500);
  EXPECT_EQ(buckets[2].count, 0u);
  EXPECT_FALSE(chart->series.contains("none"));
}

TEST_F(HistoryStoreTest, KeepsWords) {
  auto store = open();
  Batch batch;
  batch.words = {"other", "charging", "full"};
  batch.series["status"] = {SeriesOf::Words, 1, {{kNow, 2.0}, {kNow + 1, 1.0}}};
  ASSERT_TRUE(store.append(batch, kNow));
  batch.words = {"full"};
  batch.series["status"] = {SeriesOf::Words, 1, {{kNow + 2, 0.0}}};
  ASSERT_TRUE(store.append(batch, kNow));

  const auto batches = store.after(0, 5);

  const auto word = [&](std::size_t b, std::size_t p) {
    const auto& one = (*batches)[b];
    return one.words.at(static_cast<std::size_t>(*one.series.at("status").points[p].value));
  };
  EXPECT_EQ(word(0, 0), "full");
  EXPECT_EQ(word(0, 1), "charging");
  EXPECT_EQ(word(1, 0), "full");
}

TEST_F(HistoryStoreTest, DropsWhatIsOlderThanTheRetention) {
  auto store = open({.retentionMs = kDay});
  ASSERT_TRUE(store.append(batchOf("a", {{kNow, 1}}), kNow));
  ASSERT_TRUE(store.append(batchOf("a", {{kNow + kDay / 2, 2}}), kNow + kDay / 2));
  ASSERT_TRUE(store.append(batchOf("a", {{kNow + kDay + 1, 3}}), kNow + kDay + 1));

  EXPECT_EQ(store.after(0, 10)->front().seq, 2);
}

TEST_F(HistoryStoreTest, DoesNotCountFromOneAgainWhenAllHasGrownOld) {
  {
    auto store = open({.retentionMs = kDay});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append(batchOf("a", {{kNow, 1}}), kNow));
    ASSERT_TRUE(store.setCursor("mqtt", 3));
    ASSERT_TRUE(store.append(batchOf("b", {{kNow - 9 * kDay, 1}}), kNow + 5 * kDay));
  }

  EXPECT_GE(open({.retentionMs = kDay}).newest(), 3);
}

TEST_F(HistoryStoreTest, StaysWithinItsBound) {
  constexpr std::int64_t kMost = 4'000'000;
  auto store = open({.maxBytes = kMost});
  std::vector<Point> points;
  for (int i = 0; i < 2000; ++i) points.push_back({kNow + i * 977, (i * 7919) % 10007 * 0.1});
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(store.append(batchOf("a", points), kNow));

  const auto size = [&](const char* name) {
    std::error_code none;
    const auto bytes = std::filesystem::file_size(folder_.path(name), none);
    return none ? 0 : static_cast<std::int64_t>(bytes);
  };
  EXPECT_LE(size("history.db") + size("history.db-wal"), kMost);
  EXPECT_GT(store.after(0, 1)->front().seq, 1);
  EXPECT_EQ(store.newest(), 1500);
}

TEST_F(HistoryStoreTest, PutsADamagedFileAside) {
  std::ofstream(folder_.path("history.db")) << "this is no database at all, but it is long enough "
                                               "to be taken for one at first sight";

  auto store = open();

  EXPECT_TRUE(store.append(batchOf("a", {{kNow, 1}}), kNow));
  EXPECT_TRUE(std::filesystem::exists(folder_.path("history.db.damaged")));
}

TEST_F(HistoryStoreTest, SurvivesADamagedChunk) {
  {
    auto store = open();
    ASSERT_TRUE(store.append(batchOf("a", {{kNow, 1}}), kNow));
    ASSERT_TRUE(store.append(batchOf("a", {{kNow + 1, 2}}), kNow));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.path("history.db").c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "UPDATE chunk SET points=x'ffffff' WHERE seq=1", nullptr, nullptr,
                         nullptr), SQLITE_OK);
  sqlite3_close(db);

  auto store = open();
  const auto chart = store.chart({.keys = {"a"}, .from = kNow, .to = kNow + 10, .buckets = 10});

  ASSERT_TRUE(chart);
  EXPECT_EQ(chart->series.at("a").buckets.size(), 1u);
}

TEST_F(HistoryStoreTest, SaysWhatToDoWhenThereIsNoPlace) {
  try {
    HistoryStore("/nowhere/at/all/history.db", {}, base::Log::discard());
    FAIL() << "opened";
  } catch (const base::SetupError& failure) {
    EXPECT_NE(std::string(failure.what()).find("history.path"), std::string::npos);
  }
}

TEST_F(HistoryStoreTest, RefusesAnEmptySpan) {
  auto store = open();

  EXPECT_FALSE(store.chart({.keys = {"a"}, .from = 5, .to = 5, .buckets = 10}));
  EXPECT_FALSE(store.chart({.keys = {"a"}, .from = 0, .to = 5, .buckets = 0}));
  EXPECT_FALSE(store.chart({.keys = {"a"}, .from = 0, .to = 5, .buckets = 1 << 30}));
}

}  // namespace
}  // namespace lucarne::sensors
