// SPDX-License-Identifier: Apache-2.0
// The history in an SQLite file: batches of packed readings, in the order in which they came.
//
//   series(id, key, resolution, words) "battery/summary/percent"; words: 1 when its numbers are words'
//   word(id, text)                     those words ("charging")
//   batch(seq, first, last)            numbered without gaps; times in ms
//   chunk(seq, series, points)         chunk.h; in the order of seq, so a batch is one or two pages
//   cursor(name, seq)                  how far a reader (MQTT) has come
//
// Write-ahead log, one transaction and one fsync a batch: a kill or a power cut loses the batch that
// had not been written, nothing else. Older batches go when they pass the retention or the file its
// bound; freed pages are used again, so the file does not grow beyond it. A file that SQLite finds
// damaged is put aside as FILE.damaged and a new one begun.
//
// Blocks on the disk. Not bound to a thread, but one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "sensors/outlets/chunk.h"

struct sqlite3;

namespace lucarne::sensors {

struct HistoryLimits {
  std::int64_t retentionMs = 30LL * 24 * 3600 * 1000;
  std::int64_t maxBytes = 50LL * 1000 * 1000;  ///< of the database file with its log
};

enum class SeriesOf { Numbers, Words };

/// Readings by series key. In a series of words a value is an index into `words`.
struct Batch {
  std::int64_t seq = 0;  ///< 0 until it is stored
  struct Series {
    SeriesOf of = SeriesOf::Numbers;
    double resolution = 0.01;
    std::vector<Point> points;
  };
  std::map<std::string, Series> series;
  std::vector<std::string> words;

  std::size_t points() const;
};

/// One column of a chart: what the readings between `at` and the next bucket were.
struct Bucket {
  WallMs at = 0;
  std::uint32_t count = 0;  ///< 0: only unknowns
  double least = 0;
  double most = 0;
  double mean = 0;
  double last = 0;
};

struct ChartOrder {
  std::vector<std::string> keys;
  WallMs from = 0;
  WallMs to = 0;
  int buckets = 600;
};

struct ChartSeries {
  SeriesOf of = SeriesOf::Numbers;
  std::vector<Bucket> buckets;  ///< empty ones are left out
};
struct Chart {
  std::map<std::string, ChartSeries> series;
  std::vector<std::string> words;  ///< what the numbers in series of words stand for
};

class HistoryStore {
 public:
  static constexpr int kMaxBuckets = 4000;

  /// Throws SetupError when the file cannot be opened or made.
  HistoryStore(std::string path, HistoryLimits limits, base::Log log);
  ~HistoryStore();

  /// Stores it; the answer is its number. A failure (disk full, I/O) leaves nothing behind and may be
  /// tried again.
  base::Result<std::int64_t> append(const Batch& batch, WallMs now);
  base::Result<Chart> chart(const ChartOrder& order);
  /// The batches numbered `seq` + 1 and up, at most `most` of them.
  base::Result<std::vector<Batch>> after(std::int64_t seq, int most);
  /// Number of the newest batch; 0 without any.
  std::int64_t newest() const { return newest_; }

  std::int64_t cursor(const std::string& name);  ///< -1: never set
  base::Result<void> setCursor(const std::string& name, std::int64_t seq);

  std::int64_t bytes() const;  ///< in use in the database file

 private:
  struct Statement;
  struct Database;
  void open();
  bool reopenIfDamaged(int code);
  base::Result<void> exec(const char* sql);
  base::Result<void> store(const Batch& batch);
  base::Result<void> prune(WallMs now);
  std::int64_t seriesId(const std::string& key, const Batch::Series& series);
  double wordNumber(const std::string& text);

  std::string path_;
  HistoryLimits limits_;
  base::Log log_;
  std::unique_ptr<Database> db_;
  struct SeriesInfo {
    std::int64_t id;
    double resolution;
    SeriesOf of;
  };
  std::map<std::string, SeriesInfo> series_;
  std::vector<std::string> words_;  // by number
  std::int64_t newest_ = 0;
};

}  // namespace lucarne::sensors
