// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/history.h"

#include <algorithm>
#include <cmath>

namespace lucarne::sensors {

namespace {

HistoryLimits limitsOf(const HistorySettings& settings) {
  return {.retentionMs = settings.retentionDays * 24 * 3600 * 1000,
          .maxBytes = settings.maxMegabytes * 1000 * 1000};
}

}  // namespace

History::History(const base::Context& context, const WallClock& wall,
                 const HistorySettings& settings, const std::string& path)
    : context_(context),
      wall_(wall),
      log_(context.log.named("history")),
      devices_(settings.devices),
      store_(std::make_shared<HistoryStore>(path, limitsOf(settings), log_)),
      thread_(context.loop, "history", SideThread::AtEnd::Finish) {
  newest_ = store_->newest();
  bytes_ = store_->bytes();
  timer_ = context_.loop.every(std::chrono::seconds(settings.batchSeconds), [this] { flush({}); });
}

History::~History() { flush({}); }

void History::add(const Sensor& sensor) {
  if (!devices_ && sensor.id != kSummary) return;
  for (std::size_t i = 0; i < sensor.values.size(); ++i) {
    const Field& field = sensor.row->fields[i];
    if (field.keep != Keep::History || sensor.values[i].absent()) continue;
    keep(sensor.key() + "/" + field.name, field, sensor.values[i]);
  }
}

void History::keep(const std::string& key, const Field& field, const Value& value) {
  std::optional<double> number;
  if (value.number()) number = rounded(field, *value.number());
  if (value.flag()) number = *value.flag() ? 1 : 0;
  if (const std::string* word = value.word()) {
    number = wordNumber(*word);
  }
  auto& series = waiting_.series[key];
  series.of = field.kind == FieldKind::Word ? SeriesOf::Words : SeriesOf::Numbers;
  series.resolution = field.kind == FieldKind::Number ? field.resolution : 1;

  const WallMs now = wall_.nowMs();
  const auto [at, fresh] = last_.try_emplace(key);
  Last& last = at->second;
  const bool same = !fresh && last.value == number;
  if (same && now - last.at >= 0 && now - last.at < kRestMs) {
    last.heldAt = now;
    if (series.points.empty()) waiting_.series.erase(key);
    return;
  }
  // The end of a rest, so that a step is drawn as a step.
  if (last.heldAt > last.at && last.heldAt < now) {
    series.points.push_back({last.heldAt, last.value});
    ++waitingPoints_;
  }
  series.points.push_back({now, number});
  ++waitingPoints_;
  last = {number, now, 0};
  bound();
}

double History::wordNumber(const std::string& word) {
  const auto found = std::find(words_.begin(), words_.end(), word);
  if (found != words_.end()) return static_cast<double>(found - words_.begin());
  if (words_.size() >= kMaxWords) return 0;
  words_.push_back(word);
  return static_cast<double>(words_.size() - 1);
}

// Halves what waits when it is too much: the older half of every series goes.
void History::bound() {
  if (waitingPoints_ <= kMaxWaiting) return;
  for (auto& [key, series] : waiting_.series) {
    const auto half = static_cast<std::ptrdiff_t>(series.points.size() / 2);
    series.points.erase(series.points.begin(), series.points.begin() + half);
  }
  waitingPoints_ = waiting_.points();
}

void History::flush(std::function<void()> stored) {
  if (waiting_.series.empty()) {
    if (stored) thread_.run([stored] { return stored; });
    return;
  }
  waitingPoints_ = 0;
  auto batch = std::make_shared<Batch>(std::exchange(waiting_, Batch{}));
  batch->words = words_;
  thread_.run([this, store = store_, batch, now = wall_.nowMs(), stored] {
    const auto seq = store->append(*batch, now);
    const std::int64_t bytes = store->bytes();
    return SideThread::Answer([this, batch, seq, bytes, stored] {
      bytes_ = bytes;
      onAppended(*batch, seq);
      if (stored) stored();
    });
  });
}

void History::onAppended(Batch& batch, const base::Result<std::int64_t>& seq) {
  if (seq) {
    if (!trouble_.empty()) log_.info("stored again");
    trouble_.clear();
    newest_ = *seq;
    if (listener_) listener_(*seq);
    return;
  }
  if (trouble_.empty()) log_.warning("batch not stored: {}; it waits", seq.error().message);
  trouble_ = seq.error().message;
  // Before what was gathered since.
  for (auto& [key, series] : waiting_.series) {
    auto& all = batch.series[key];
    all.of = series.of;
    all.resolution = series.resolution;
    all.points.insert(all.points.end(), series.points.begin(), series.points.end());
  }
  waiting_ = std::move(batch);
  waitingPoints_ = waiting_.points();
  bound();
}

void History::chart(ChartOrder order, std::function<void(base::Result<Chart>)> done) {
  thread_.run([store = store_, order = std::move(order), done = std::move(done)] {
    auto chart = std::make_shared<base::Result<Chart>>(store->chart(order));
    return SideThread::Answer([done, chart] { done(std::move(*chart)); });
  });
}

void History::after(std::int64_t seq, int most, std::function<void(std::vector<Batch>)> done) {
  thread_.run([store = store_, seq, most, done = std::move(done)] {
    auto found = store->after(seq, most);
    auto batches = std::make_shared<std::vector<Batch>>();
    if (found) *batches = std::move(*found);
    return SideThread::Answer([done, batches] { done(std::move(*batches)); });
  });
}

void History::cursor(const std::string& name, std::function<void(std::int64_t)> done) {
  thread_.run([store = store_, name, done = std::move(done)] {
    const std::int64_t seq = store->cursor(name);
    return SideThread::Answer([done, seq] { done(seq); });
  });
}

void History::setCursor(const std::string& name, std::int64_t seq) {
  thread_.run([store = store_, name, seq, log = log_] {
    if (auto set = store->setCursor(name, seq); !set) {
      log.debug("cursor {} not stored: {}", name, set.error().message);
    }
    return SideThread::Answer();
  });
}

}  // namespace lucarne::sensors
