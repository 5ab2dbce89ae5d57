// SPDX-License-Identifier: Apache-2.0
// The hands at a headless panel: moves the pointer, types a sentence, drags a window.
//
// Writes the kiosk's script (kiosk/script.h, lucarne-kiosk(1)) into the pipe that the kiosk plays.
#pragma once

#include <string>

#include "base/program.h"
#include "base/unique_fd.h"
#include "surface/placement.h"

namespace lucarne::demo {

class Performer {
 public:
  /// Opens the pipe at once. Throws SetupError.
  Performer(const std::string& pipe, const surface::Placement& placement,
            const base::Context& context);

  /// Performs again and again from now on.
  void start();

 private:
  void perform();

  base::Context context_;
  surface::Placement placement_;
  base::UniqueFd pipe_;
  base::Timer again_;
};

/// One performance, with steps that take kPerformanceTime together.
std::string performance(const surface::Placement& placement);
inline constexpr base::Duration kPerformanceTime = std::chrono::seconds(8);

}  // namespace lucarne::demo
