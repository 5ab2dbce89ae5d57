// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/history_store.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace lucarne::sensors {

namespace {

/// Words come from devices: beyond this every new one is number 0, "other".
constexpr std::size_t kMaxWords = 200;
constexpr std::size_t kMaxSeries = 2000;
/// SQLite folds its log into the file after so many pages: 1 MiB of log at most stands beside it.
constexpr const char* kOpening =
    "PRAGMA busy_timeout=2000; PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=256; PRAGMA journal_size_limit=1048576;"
    "PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
    "CREATE TABLE IF NOT EXISTS series(id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL,"
    " resolution REAL NOT NULL, words INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS word(id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL);"
    "CREATE TABLE IF NOT EXISTS batch(seq INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS chunk(seq INTEGER NOT NULL, series INTEGER NOT NULL,"
    " points BLOB NOT NULL, PRIMARY KEY(seq, series)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS cursor(name TEXT PRIMARY KEY, seq INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO word(id, text) VALUES(0, 'other');";
/// What remains of the bound for the log and for pages that are only partly filled.
constexpr std::int64_t kLogReserve = 1'500'000;

}  // namespace

struct HistoryStore::Database {
  sqlite3* handle = nullptr;
  ~Database() { sqlite3_close_v2(handle); }
};

// One prepared statement for one use; the database is idle most of the time.
struct HistoryStore::Statement {
  Statement(sqlite3* db, const char* sql) { code = sqlite3_prepare_v2(db, sql, -1, &handle, nullptr); }
  ~Statement() { sqlite3_finalize(handle); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::int64_t v) {
    sqlite3_bind_int64(handle, ++bound, v);
    return *this;
  }
  Statement& bind(double v) {
    sqlite3_bind_double(handle, ++bound, v);
    return *this;
  }
  Statement& bind(const std::string& v) {
    sqlite3_bind_text(handle, ++bound, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(const std::vector<std::uint8_t>& v) {
    sqlite3_bind_blob(handle, ++bound, v.data(), static_cast<int>(v.size()), SQLITE_STATIC);
    return *this;
  }
  bool row() {
    if (!handle) return false;
    code = sqlite3_step(handle);
    return code == SQLITE_ROW;
  }
  bool run() {
    row();
    return code == SQLITE_DONE || code == SQLITE_ROW;
  }
  void again() {
    sqlite3_reset(handle);
    bound = 0;
  }
  std::int64_t number(int column) { return sqlite3_column_int64(handle, column); }
  std::string text(int column) {
    const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
    return p ? std::string(p, static_cast<std::size_t>(sqlite3_column_bytes(handle, column))) : "";
  }
  base::Bytes blob(int column) {
    const auto* p = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle, column));
    return {p, p ? static_cast<std::size_t>(sqlite3_column_bytes(handle, column)) : 0};
  }

  sqlite3_stmt* handle = nullptr;
  int code = 0;
  int bound = 0;
};

std::size_t Batch::points() const {
  std::size_t count = 0;
  for (const auto& [key, one] : series) count += one.points.size();
  return count;
}

HistoryStore::HistoryStore(std::string path, HistoryLimits limits, base::Log log)
    : path_(std::move(path)), limits_(limits), log_(std::move(log)) {
  open();
}

HistoryStore::~HistoryStore() = default;

void HistoryStore::open() {
  for (int attempt = 0;; ++attempt) {
    db_ = std::make_unique<Database>();
    int code = sqlite3_open_v2(path_.c_str(), &db_->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               nullptr);
    if (code == SQLITE_OK) {
      code = sqlite3_exec(db_->handle, kOpening, nullptr, nullptr, nullptr);
    }
    if (code == SQLITE_OK) break;
    const std::string why = sqlite3_errmsg(db_->handle);
    const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    db_.reset();
    if (!damaged || attempt > 0) {
      throw base::SetupError(fmt::format("open history {}: {}; set history.path to a place that can "
                                         "be written, or history.enable = false", path_, why));
    }
    log_.warning("history {} is damaged ({}): put aside as {}.damaged", path_, why, path_);
    std::rename(path_.c_str(), (path_ + ".damaged").c_str());
    ::unlink((path_ + "-wal").c_str());
    ::unlink((path_ + "-shm").c_str());
  }
  series_.clear();
  words_.clear();
  for (Statement s(db_->handle, "SELECT id, key, resolution, words FROM series"); s.row();) {
    series_[s.text(1)] = {s.number(0), sqlite3_column_double(s.handle, 2),
                          s.number(3) != 0 ? SeriesOf::Words : SeriesOf::Numbers};
  }
  for (Statement s(db_->handle, "SELECT text FROM word ORDER BY id LIMIT 1000"); s.row();) {
    words_.push_back(s.text(0));
  }
  // The cursors too: numbers must not start anew when every batch has grown too old.
  Statement newest(db_->handle,
                   "SELECT max(seq) FROM (SELECT seq FROM batch UNION ALL SELECT seq FROM cursor)");
  newest_ = newest.row() ? newest.number(0) : 0;
}

bool HistoryStore::reopenIfDamaged(int code) {
  if ((code & 0xff) != SQLITE_CORRUPT && (code & 0xff) != SQLITE_NOTADB) return false;
  log_.warning("history {} is damaged: put aside as {}.damaged", path_, path_);
  db_.reset();
  std::rename(path_.c_str(), (path_ + ".damaged").c_str());
  ::unlink((path_ + "-wal").c_str());
  ::unlink((path_ + "-shm").c_str());
  open();
  return true;
}

base::Result<void> HistoryStore::exec(const char* sql) {
  if (sqlite3_exec(db_->handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return base::unexpected(sqlite3_errmsg(db_->handle));
}

std::int64_t HistoryStore::seriesId(const std::string& key, const Batch::Series& series) {
  const auto found = series_.find(key);
  if (found != series_.end()) return found->second.id;
  if (series_.size() >= kMaxSeries) return -1;
  Statement insert(db_->handle, "INSERT INTO series(key, resolution, words) VALUES(?, ?, ?)");
  const std::int64_t words = series.of == SeriesOf::Words ? 1 : 0;
  if (!insert.bind(key).bind(series.resolution).bind(words).run()) return -1;
  const std::int64_t id = sqlite3_last_insert_rowid(db_->handle);
  series_[key] = {id, series.resolution, series.of};
  return id;
}

double HistoryStore::wordNumber(const std::string& text) {
  const auto found = std::find(words_.begin(), words_.end(), text);
  if (found != words_.end()) return static_cast<double>(found - words_.begin());
  if (words_.size() >= kMaxWords) return 0;
  Statement insert(db_->handle, "INSERT INTO word(id, text) VALUES(?, ?)");
  if (!insert.bind(static_cast<std::int64_t>(words_.size())).bind(text).run()) return 0;
  words_.push_back(text);
  return static_cast<double>(words_.size() - 1);
}

base::Result<std::int64_t> HistoryStore::append(const Batch& batch, WallMs now) {
  if (auto begun = exec("BEGIN IMMEDIATE"); !begun) {
    reopenIfDamaged(sqlite3_extended_errcode(db_->handle));
    return base::unexpected(begun.error().message);
  }
  auto stored = store(batch);
  if (stored) stored = prune(now);
  if (stored) stored = exec("COMMIT");
  if (!stored) {
    const int code = sqlite3_extended_errcode(db_->handle);
    sqlite3_exec(db_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    if (!reopenIfDamaged(code)) {
      // What the transaction had added to these is gone with it.
      std::erase_if(series_, [&](const auto& s) {
        Statement known(db_->handle, "SELECT 1 FROM series WHERE id=? AND key=?");
        return !known.bind(s.second.id).bind(s.first).row();
      });
      Statement count(db_->handle, "SELECT count(*) FROM word");
      if (count.row()) words_.resize(static_cast<std::size_t>(count.number(0)), "other");
    }
    return base::unexpected(stored.error().message);
  }
  return ++newest_;
}

base::Result<void> HistoryStore::store(const Batch& batch) {
  WallMs first = INT64_MAX;
  WallMs last = INT64_MIN;
  Statement insert(db_->handle, "INSERT INTO chunk(seq, series, points) VALUES(?, ?, ?)");
  for (const auto& [key, series] : batch.series) {
    if (series.points.empty()) continue;
    const std::int64_t id = seriesId(key, series);
    if (id < 0) continue;
    std::vector<Point> points = series.points;
    for (Point& point : points) {
      if (series.of != SeriesOf::Words || !point.value) continue;
      const auto index = static_cast<std::size_t>(*point.value);
      point.value = index < batch.words.size() ? wordNumber(batch.words[index]) : 0;
    }
    const auto blob = encodeChunk(points, series_.at(key).resolution);
    insert.again();
    if (!insert.bind(newest_ + 1).bind(id).bind(blob).run()) {
      return base::unexpected(sqlite3_errmsg(db_->handle));
    }
    for (const Point& point : series.points) {
      first = std::min(first, point.at);
      last = std::max(last, point.at);
    }
  }
  Statement number(db_->handle, "INSERT INTO batch(seq, first, last) VALUES(?, ?, ?)");
  if (!number.bind(newest_ + 1).bind(first).bind(last).run()) {
    return base::unexpected(sqlite3_errmsg(db_->handle));
  }
  return {};
}

base::Result<void> HistoryStore::prune(WallMs now) {
  std::int64_t upTo = 0;
  // In order of seq: after a clock was set back, what is older by number goes first all the same.
  Statement old(db_->handle, "SELECT seq FROM batch WHERE last >= ? ORDER BY seq LIMIT 1");
  if (old.bind(now - limits_.retentionMs).row()) upTo = old.number(0) - 1;
  if (bytes() > std::max<std::int64_t>(limits_.maxBytes - kLogReserve, limits_.maxBytes / 2)) {
    // A fiftieth at a time: one deletion pays for many batches.
    Statement range(db_->handle, "SELECT min(seq), max(seq) FROM batch");
    if (range.row()) {
      const std::int64_t least = range.number(0);
      upTo = std::max(upTo, least + (range.number(1) - least) / 50);
    }
  }
  if (upTo <= 0) return {};
  for (const char* sql : {"DELETE FROM chunk WHERE seq <= ?", "DELETE FROM batch WHERE seq <= ?"}) {
    Statement remove(db_->handle, sql);
    if (!remove.bind(upTo).run()) return base::unexpected(sqlite3_errmsg(db_->handle));
  }
  return {};
}

std::int64_t HistoryStore::bytes() const {
  const auto pragma = [this](const char* sql) {
    Statement s(db_->handle, sql);
    return s.row() ? s.number(0) : 0;
  };
  return (pragma("PRAGMA page_count") - pragma("PRAGMA freelist_count")) *
         pragma("PRAGMA page_size");
}

namespace {

struct Columns {
  WallMs from;
  WallMs to;
  double width;  // ms
  std::vector<Bucket> buckets;
  std::vector<double> sums;
  std::vector<bool> seen;  // a reading, known or not

  Columns(WallMs begin, WallMs end, int count)
      : from(begin), to(end), width(static_cast<double>(end - begin) / count),
        buckets(static_cast<std::size_t>(count)), sums(buckets.size()), seen(buckets.size()) {}

  void add(const Point& point) {
    if (point.at < from || point.at >= to) return;
    const auto index = std::min(
        static_cast<std::size_t>(static_cast<double>(point.at - from) / width), buckets.size() - 1);
    Bucket& bucket = buckets[index];
    seen[index] = true;
    if (!point.value) return;
    const double v = *point.value;
    bucket.least = bucket.count == 0 ? v : std::min(bucket.least, v);
    bucket.most = bucket.count == 0 ? v : std::max(bucket.most, v);
    bucket.last = v;
    sums[index] += v;
    ++bucket.count;
  }

  std::vector<Bucket> finished() {
    std::vector<Bucket> filled;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      if (!seen[i]) continue;
      Bucket& bucket = buckets[i];
      bucket.at = from + static_cast<WallMs>(width * static_cast<double>(i));
      if (bucket.count > 0) bucket.mean = sums[i] / bucket.count;
      filled.push_back(bucket);
    }
    return filled;
  }
};

}  // namespace

base::Result<Chart> HistoryStore::chart(const ChartOrder& order) {
  Chart chart;
  if (order.to <= order.from || order.buckets < 1 || order.buckets > kMaxBuckets) {
    return base::unexpected("an empty span of time");
  }
  struct Wanted {
    std::string key;
    double resolution;
    SeriesOf of;
    Columns columns;
  };
  std::map<std::int64_t, Wanted> wanted;
  for (const std::string& key : order.keys) {
    const auto found = series_.find(key);
    if (found == series_.end()) continue;
    wanted.emplace(found->second.id, Wanted{key, found->second.resolution, found->second.of,
                                            Columns(order.from, order.to, order.buckets)});
  }
  Statement batches(db_->handle, "SELECT seq FROM batch WHERE last >= ? AND first < ? ORDER BY seq");
  batches.bind(order.from).bind(order.to);
  Statement chunk(db_->handle, "SELECT points FROM chunk WHERE seq=? AND series=?");
  while (batches.row()) {
    for (auto& [id, one] : wanted) {
      chunk.again();
      if (!chunk.bind(batches.number(0)).bind(id).row()) continue;
      const auto points = decodeChunk(chunk.blob(0), one.resolution);
      if (!points) continue;  // one damaged chunk costs its minute
      for (const Point& point : *points) one.columns.add(point);
    }
  }
  if (batches.code != SQLITE_DONE) return base::unexpected(sqlite3_errmsg(db_->handle));
  for (auto& [id, one] : wanted) {
    chart.series[one.key] = {one.of, one.columns.finished()};
  }
  chart.words = words_;
  return chart;
}

base::Result<std::vector<Batch>> HistoryStore::after(std::int64_t seq, int most) {
  std::vector<Batch> found;
  Statement batches(db_->handle, "SELECT seq FROM batch WHERE seq > ? ORDER BY seq LIMIT ?");
  batches.bind(seq).bind(static_cast<std::int64_t>(most));
  Statement chunk(db_->handle,
                  "SELECT s.key, s.resolution, c.points, s.words FROM chunk c JOIN series s ON s.id=c.series"
                  " WHERE c.seq=?");
  while (batches.row()) {
    Batch batch;
    batch.seq = batches.number(0);
    batch.words = words_;
    chunk.again();
    for (chunk.bind(batch.seq); chunk.row();) {
      const double resolution = sqlite3_column_double(chunk.handle, 1);
      auto points = decodeChunk(chunk.blob(2), resolution);
      const SeriesOf of = chunk.number(3) != 0 ? SeriesOf::Words : SeriesOf::Numbers;
      if (points) batch.series[chunk.text(0)] = {of, resolution, std::move(*points)};
    }
    found.push_back(std::move(batch));
  }
  if (batches.code != SQLITE_DONE) return base::unexpected(sqlite3_errmsg(db_->handle));
  return found;
}

std::int64_t HistoryStore::cursor(const std::string& name) {
  Statement s(db_->handle, "SELECT seq FROM cursor WHERE name=?");
  return s.bind(name).row() ? s.number(0) : -1;
}

base::Result<void> HistoryStore::setCursor(const std::string& name, std::int64_t seq) {
  Statement s(db_->handle, "INSERT INTO cursor(name, seq) VALUES(?, ?)"
                           " ON CONFLICT(name) DO UPDATE SET seq=excluded.seq");
  if (s.bind(name).bind(seq).run()) return {};
  return base::unexpected(sqlite3_errmsg(db_->handle));
}

}  // namespace lucarne::sensors
