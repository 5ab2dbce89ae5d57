// SPDX-License-Identifier: Apache-2.0
// lucarne-line(1) as a child: two terminals with a line between, and what it has carried.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "bench/child.h"
#include "bench/folder_watch.h"
#include "bench/line_shape.h"

namespace lucarne::bench {

class ShapedLine {
 public:
  /// `rate` as parseRate takes it; the rate of `faults` is not used. Its ends, pipes and log go to
  /// `folder`; `programs` is where lucarne-line is. Throws SetupError. Blocks until both ends are
  /// there.
  ShapedLine(const std::string& rate, const LineShape& faults, const std::string& folder,
             const std::string& programs);

  const std::string& guestEnd() const { return guestEnd_; }
  const std::string& panelEnd() const { return panelEnd_; }
  /// Bytes from the guest's end to the panel's so far; 0 when the line does not answer.
  std::uint64_t forwardBytes();
  /// As bench/line_commands.h has them: "rate 50k". Throws SetupError when the line refuses it.
  void order(const std::string& words);

 private:
  /// Its answer, one line; empty: none came.
  std::string ask(const std::string& words);

  std::string answers_;
  std::string guestEnd_;
  std::string panelEnd_;
  base::UniqueFd orders_;
  FolderWatch folder_;
  Child line_;
};

}  // namespace lucarne::bench
