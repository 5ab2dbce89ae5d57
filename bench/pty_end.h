// SPDX-License-Identifier: Apache-2.0
// A terminal line's near end: a pseudo terminal whose far end programs open under a fixed name.
//
// Unlike a bare PTY it never hangs up: it keeps the far end open itself, as a real serial line does
// not notice who opens it, and what is written while nobody reads waits in the kernel's buffer.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace lucarne::bench {

/// Raw: as a configured serial line. Cooked: as the kernel makes a terminal, echoing and editing,
/// until the program at the far end changes it; what a pv console is like early in a boot.
enum class PtyMode { Raw, Cooked };

class PtyEnd {
 public:
  /// Makes `path` a link to the far end, replacing a link that is there (nothing else). Throws
  /// SetupError.
  PtyEnd(const std::string& path, PtyMode mode);
  PtyEnd(const PtyEnd&) = delete;
  PtyEnd& operator=(const PtyEnd&) = delete;
  /// Removes the link.
  ~PtyEnd();

  /// The near end, non-blocking, both ways.
  const base::UniqueFd& fd() const { return near_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  base::UniqueFd near_;
  base::UniqueFd far_;
};

}  // namespace lucarne::bench
