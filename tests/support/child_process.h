// SPDX-License-Identifier: Apache-2.0
// A program started by a test, which does not outlive it.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace lucarne::test {

/// True when a program of this name is on the PATH.
inline bool isInstalled(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

class ChildProcess {
 public:
  ChildProcess() = default;
  /// Starts `words[0]` with the rest as arguments; its output goes to the file `log`.
  /// `environment` is added as NAME=VALUE.
  ChildProcess(const std::vector<std::string>& words, const std::string& log,
               const std::vector<std::string>& environment = {}) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int in = ::open("/dev/null", O_RDONLY);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    for (const std::string& pair : environment) ::putenv(const_cast<char*>(pair.c_str()));
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    stop(SIGKILL);
    pid_ = std::exchange(other.pid_, -1);
    return *this;
  }
  ~ChildProcess() { stop(SIGKILL); }

  pid_t pid() const { return pid_; }
  void stop(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace lucarne::test
