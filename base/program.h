// SPDX-License-Identifier: Apache-2.0
// The frame of every main(): options, log level, exit codes, signals.
//
// Exit codes: 0 done or SIGTERM/SIGINT, 1 the machine refused something, 2 usage. Errors are one
// line on standard error, `program: what was tried: why; what to do`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

namespace CLI {
class App;
}

namespace lucarne::base {

/// What main hands to the parts: outlives all of them.
struct Context {
  Loop& loop;
  const Clock& clock;
  Log log;
};

class Program {
 public:
  /// `name` as on the command line, `summary` one sentence for --help.
  Program(std::string name, std::string summary);
  ~Program();

  /// CLI11's application, for the program's own options. --help, --version and --log-level (or the
  /// environment variable LUCARNE_LOG) are there already.
  CLI::App& options() { return *app_; }

  /// Parses, then calls `body` once the signals are in the loop. `body` builds the parts, runs
  /// `context.loop` and returns the exit code. SIGTERM and SIGINT quit the loop,
  /// also when the parent had blocked them: every signal is unblocked before `body`.
  int run(int argc, char** argv, const std::function<int(Context&)>& body);

 private:
  std::string name_;
  std::unique_ptr<CLI::App> app_;
  std::string logLevel_;
};

}  // namespace lucarne::base
