// SPDX-License-Identifier: Apache-2.0
// Waits for what other programs write: woken by every change in one folder, not by a clock.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "bench/child.h"

namespace lucarne::bench {

/// Blocks its thread; for set-up, not for a loop.
class FolderWatch {
 public:
  /// Watches `folder`, which exists. Throws SetupError.
  explicit FolderWatch(const std::string& folder);

  /// Asks `found` now and after each change in the folder, until it says yes (true), `patience` is
  /// over, or `maker` has ended (then it is asked once more).
  bool waitUntil(base::Duration patience, const std::function<bool()>& found,
                 Child* maker = nullptr) const;

 private:
  base::UniqueFd changes_;
};

/// The last whole line of a file; empty when there is none.
std::string lastLine(const std::string& path);

}  // namespace lucarne::bench
