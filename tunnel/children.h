// SPDX-License-Identifier: Apache-2.0
// exec: and exec-tty: as local ends: a child per stream, and its end without waiting for it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "tunnel/fd_end.h"

namespace lucarne::tunnel {

/// What a child has for standard input and output.
enum class ChildLine {
  Socket,    ///< bytes as they are; standard error is ours
  Terminal,  ///< a terminal of its own, which controls it: a shell, a getty. All three are it
};

class Children {
 public:
  /// How long a child that was told to go may take before it is killed.
  static constexpr base::Duration kGrace = std::chrono::seconds(2);

  explicit Children(const base::Context& context) : context_(context) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  /// Kills and reaps those that are still leaving. All FdParts must be gone.
  ~Children();

  /// Starts `/bin/sh -c COMMAND`. When the parts go, the child and all it started (its process
  /// group) are told to go (SIGHUP on a terminal, SIGTERM otherwise), killed after kGrace, and
  /// reaped from the loop.
  base::Result<FdParts> start(const std::string& command, ChildLine line);

 private:
  struct Running;
  struct Leaving {
    pid_t child;
    base::TimePoint killAt;
  };

  void bury(pid_t child, int signal);
  void look();

  const base::Context context_;
  std::vector<Leaving> leaving_;
  base::Timer timer_;
};

}  // namespace lucarne::tunnel
