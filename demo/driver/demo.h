// SPDX-License-Identifier: Apache-2.0
// One run of the demo: starts the chain, waits for the first picture, measures, reports.
#pragma once

#include <optional>
#include <string>

#include "base/program.h"
#include "demo/driver/chain.h"
#include "demo/driver/page_picture.h"
#include "demo/driver/performer.h"
#include "demo/driver/report.h"
#include "demo/driver/settings.h"
#include "demo/driver/stats_reader.h"

namespace lucarne::demo {

class Demo {
 public:
  Demo(const Settings& settings, const base::Context& context);
  ~Demo();

  /// Runs the loop until the time is over, the window is closed or the loop is told to quit, ends
  /// the programs, and prints. 0 only when pictures were shown.
  int run();

 private:
  /// What was used and carried up to a moment.
  struct Reading {
    base::TimePoint when;
    std::vector<Chain::Member> members;
    std::uint64_t toPanel = 0;
    std::uint64_t toGuest = 0;
  };

  void look();
  void startMeasuring();
  void onTimeOver();
  void sayDashboard();
  void onEnded(const std::string& name, int waitStatus);
  void fail(const std::string& why);
  Reading read();
  Report report(const Reading& last);
  void say(const std::string& text) const;

  Settings settings_;
  base::Context context_;
  base::TimePoint started_;
  std::optional<Chain> chain_;
  std::optional<Performer> performer_;
  StatsReader stats_;
  base::Timer looking_;
  base::Timer deadline_;
  std::optional<Reading> first_;  // since there is a picture
  std::optional<Reading> last_;   // when the time was over
  std::optional<PagePicture> pagePicture_;
  bool dashboardSaid_ = false;
  Shown shown_;                   // summed up since then
  std::optional<Shown> final_;
  std::string failure_;
  int secondsSaid_ = 0;
};

}  // namespace lucarne::demo
