// SPDX-License-Identifier: Apache-2.0
#include "tests/support/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace lucarne::test {

ChildProgram::ChildProgram(std::vector<std::string> command, std::vector<std::string> environment) {
  int toChild[2];
  int fromChild[2];
  if (::pipe2(toChild, O_CLOEXEC) != 0 || ::pipe2(fromChild, O_CLOEXEC) != 0) ::abort();
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left behind by a test that crashes
    ::dup2(toChild[0], 0);
    ::dup2(fromChild[1], 1);
    for (std::string& setting : environment) ::putenv(setting.data());
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(toChild[0]);
  ::close(fromChild[1]);
  in_ = toChild[1];
  out_ = fromChild[0];
}

ChildProgram::~ChildProgram() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(in_);
  ::close(out_);
}

void ChildProgram::say(const std::string& line) {
  const std::string text = line + '\n';
  (void)!::write(in_, text.data(), text.size());
}

std::string ChildProgram::line(int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    if (const std::size_t at = rest_.find('\n'); at != std::string::npos) {
      std::string found = rest_.substr(0, at);
      rest_.erase(0, at + 1);
      return found;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd ready{out_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return {};
    char buffer[65536];
    const ssize_t got = ::read(out_, buffer, sizeof buffer);
    if (got <= 0) return {};
    rest_.append(buffer, static_cast<std::size_t>(got));
  }
}

bool ChildProgram::waitFor(const std::string& text, int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    const std::string got = line(std::max<int>(0, static_cast<int>(left.count())));
    if (got.empty()) return false;
    seen_.push_back(got);
    if (got.find(text) != std::string::npos) return true;
  }
}

void ChildProgram::signal(int number) const { ::kill(process_, number); }

int ChildProgram::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace lucarne::test
