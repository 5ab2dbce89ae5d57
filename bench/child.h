// SPDX-License-Identifier: Apache-2.0
// A program that runs under supervision: started, watched in the loop, ended with its owner.
//
// The child is its own process group (a Ctrl+C on the terminal reaches only its parent) and is told
// to end when its parent dies, however that happens.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/unique_fd.h"

namespace lucarne::bench {

struct Command {
  std::vector<std::string> arguments;    ///< the program's path first
  std::vector<std::string> environment;  ///< NAME=VALUE, added to our own
  std::string input;                     ///< file for standard input; empty: /dev/null
  std::string output;                    ///< file for standard output; empty: with the errors
  std::string errors;                    ///< file for standard error, appended; empty: ours
};

/// How a program ended, in words: "exit code 1", "signal 9 (Killed)"; empty for exit code 0.
std::string endInWords(int waitStatus);

class Child {
 public:
  /// Throws SetupError when the program cannot be started (a missing one is an exit code 127).
  explicit Child(const Command& command);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Ends it: SIGTERM, and SIGKILL when it takes longer than kPatience.
  ~Child();

  static constexpr base::Duration kPatience = std::chrono::seconds(5);

  pid_t pid() const { return pid_; }
  /// Calls once, from the loop, when the program has ended, with its wait status. Replaces an
  /// earlier one.
  void onEnd(base::Loop& loop, std::function<void(int waitStatus)> callback);

  /// Readable when it has ended.
  const base::UniqueFd& endFd() const { return pidFd_; }

  void signal(int number);
  /// The wait status if it has ended.
  std::optional<int> ended();
  /// Blocks until it has ended, at most `patience`.
  std::optional<int> waitFor(base::Duration patience);

 private:
  pid_t pid_ = -1;
  base::UniqueFd pidFd_;  // readable when the program has ended
  std::optional<int> status_;
  base::Watch watch_;
};

}  // namespace lucarne::bench
