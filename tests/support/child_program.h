// SPDX-License-Identifier: Apache-2.0
// A program that a test starts and talks to by lines; ended with the object.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace lucarne::test {

class ChildProgram {
 public:
  /// `environment` as "NAME=value", added to ours. Its standard error goes to ours.
  ChildProgram(std::vector<std::string> command, std::vector<std::string> environment = {});
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  void say(const std::string& line);
  /// The next line of its output; empty when none came in `milliseconds` or it has ended.
  std::string line(int milliseconds = 10'000);
  /// Reads on to a line that contains `text`; what was read before is kept in seen(). False when it
  /// does not come.
  bool waitFor(const std::string& text, int milliseconds = 10'000);
  const std::vector<std::string>& seen() const { return seen_; }

  void signal(int number) const;
  /// Its exit status, or 128 plus the signal.
  int wait();
  pid_t process() const { return process_; }

 private:
  pid_t process_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string rest_;
  std::vector<std::string> seen_;
};

}  // namespace lucarne::test
