// SPDX-License-Identifier: Apache-2.0
// The row of the history.
#include "sensors/outlets/history.h"

namespace lucarne::sensors {

namespace {

class HistoryOutlet final : public Outlet {
 public:
  explicit HistoryOutlet(Surroundings& around)
      : history_(around.context, around.wall, around.settings.history,
                 around.settings.history.path.empty() ? defaultStateDir() + "/history.db"
                                                      : around.settings.history.path) {
    around.history = &history_;
  }

  void onReading(const Sensor& sensor, const std::vector<bool>&) override { history_.add(sensor); }
  void finish(std::function<void()> done) override { history_.flush(std::move(done)); }
  std::string trouble() const override { return history_.trouble(); }

 private:
  History history_;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (!around.settings.history.enable) return nullptr;
  return std::make_unique<HistoryOutlet>(around);
}

}  // namespace

extern const OutletRow historyOutlet;
const OutletRow historyOutlet{
    .name = "history", .summary = "SQLite file, for charts and backlogs", .create = create};

}  // namespace lucarne::sensors
