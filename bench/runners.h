// SPDX-License-Identifier: Apache-2.0
// The programs of a path while they run, and what each of them costs. All of them end with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/measurement.h"
#include "bench/panel.h"

namespace lucarne::bench {

/// Blocks its thread where it waits.
class Runners {
 public:
  /// `folder`: where each program writes its log, NAME.log.
  explicit Runners(std::string folder) : folder_(std::move(folder)) {}

  /// Waits for what the stage waits for, then starts it. Throws SetupError.
  void start(const Stage& stage);
  /// The one that was started last.
  Child& newest() { return *runners_.back().child; }

  /// Blocks until the guest's stamp is readable on the panel, and answers where the guest is. Throws
  /// SetupError, with what the programs said last, when one of them ends or `patience` is over;
  /// `what` was to be shown.
  surface::GuestPoint awaitPicture(const Panel& panel, const Shown& shown, base::Duration patience,
                                   const std::string& what) const;

  void startCounting();
  /// What was used since `startCounting`, by shown frame.
  void addCosts(Outcome& outcome, double frames) const;

 private:
  struct Runner {
    std::string name;
    std::unique_ptr<Child> child;
    double cpuBefore = 0;
  };

  std::string lastWords() const;

  std::string folder_;
  std::vector<Runner> runners_;
};

/// Of a process, in seconds; 0 without one.
double cpuOf(const Child& child);

}  // namespace lucarne::bench
