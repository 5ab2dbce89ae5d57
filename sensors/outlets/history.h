// SPDX-License-Identifier: Apache-2.0
// Keeps readings: gathers them on the loop's thread, has them stored in batches on a thread of its
// own (side_thread.h), and answers questions about the past the same way.
//
// What is lost when the program is killed: the readings since the last batch, `batch_seconds` (60 s)
// at most. An orderly end loses nothing. While the disk refuses (full, read-only) readings wait in
// memory, up to kMaxWaiting of them; then the oldest go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sensors/outlet.h"
#include "sensors/outlets/history_store.h"
#include "sensors/side_thread.h"

namespace lucarne::sensors {

class History {
 public:
  static constexpr std::size_t kMaxWords = 200;  ///< words come from devices
  /// About 5 MiB.
  static constexpr std::size_t kMaxWaiting = 200'000;
  /// A value that rests is kept this often only: two readings say as much as sixty.
  static constexpr WallMs kRestMs = 60'000;

  /// Opens the file at once. Throws SetupError.
  History(const base::Context& context, const WallClock& wall, const HistorySettings& settings,
          const std::string& path);
  ~History();

  /// Keeps the fields that are to be kept.
  void add(const Sensor& sensor);
  /// Stores what was gathered; `stored` (may be empty) is called when it is, or could not be.
  void flush(std::function<void()> stored);

  void chart(ChartOrder order, std::function<void(base::Result<Chart>)> done);
  void after(std::int64_t seq, int most, std::function<void(std::vector<Batch>)> done);
  /// How far `name` has come; -1 when it never came here.
  void cursor(const std::string& name, std::function<void(std::int64_t)> done);
  void setCursor(const std::string& name, std::int64_t seq);

  /// Called after every batch that was stored, with its number.
  void onStored(std::function<void(std::int64_t)> listener) { listener_ = std::move(listener); }
  std::int64_t newest() const { return newest_; }
  std::int64_t bytes() const { return bytes_; }
  std::size_t waiting() const { return waitingPoints_; }
  const std::string& trouble() const { return trouble_; }

 private:
  struct Last {
    std::optional<double> value;
    WallMs at = 0;
    WallMs heldAt = 0;  // time of the last reading that was left out for being the same; 0: none
  };
  void keep(const std::string& key, const Field& field, const Value& value);
  double wordNumber(const std::string& word);
  void bound();
  void onAppended(Batch& batch, const base::Result<std::int64_t>& seq);

  const base::Context& context_;
  const WallClock& wall_;
  base::Log log_;
  bool devices_;
  Batch waiting_;
  std::size_t waitingPoints_ = 0;
  std::vector<std::string> words_{"other"};  // the same for every batch of this run
  std::map<std::string, Last> last_;
  std::function<void(std::int64_t)> listener_;
  std::int64_t newest_ = 0;
  std::int64_t bytes_ = 0;
  std::string trouble_;
  base::Timer timer_;
  std::shared_ptr<HistoryStore> store_;  // owned by this and by the jobs on the thread
  SideThread thread_;
};

}  // namespace lucarne::sensors
