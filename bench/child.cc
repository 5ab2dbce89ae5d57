// SPDX-License-Identifier: Apache-2.0
#include "bench/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/result.h"

namespace lucarne::bench {

namespace {

constexpr int kNoProgram = 127;  // as shells report it

// glibc has pidfd_open since 2.36 only, musl not at all.
base::UniqueFd openPidFd(pid_t pid) {
  return base::UniqueFd::adopt(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// ---- between fork and exec: system calls only -------------------------------------------------

void redirect(const char* path, int flags, int target) {
  const int fd = ::open(path, flags, 0600);
  if (fd < 0 || ::dup2(fd, target) < 0) ::_exit(kNoProgram);
  if (fd != target) ::close(fd);
}

[[noreturn]] void becomeProgram(const Command& command, char** arguments, char** environment,
                                pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNoProgram);  // it died before we asked to be told
  ::signal(SIGPIPE, SIG_DFL);
  redirect(command.input.empty() ? "/dev/null" : command.input.c_str(), O_RDONLY, STDIN_FILENO);
  if (!command.errors.empty()) {
    redirect(command.errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
  }
  if (command.output.empty()) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  } else {
    redirect(command.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  }
  ::execve(arguments[0], arguments, environment);
  ::_exit(kNoProgram);
}

// -----------------------------------------------------------------------------------------------

std::vector<char*> toPointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  return pointers;
}

// Ours with `added` in place of entries of the same name.
std::vector<char*> environmentWith(const std::vector<std::string>& added) {
  std::vector<char*> all = toPointers(added);
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced = std::any_of(added.begin(), added.end(), [name](const std::string& a) {
      return std::string_view(a).starts_with(name);
    });
    if (!replaced) all.push_back(*entry);
  }
  all.push_back(nullptr);
  return all;
}

}  // namespace

std::string endInWords(int waitStatus) {
  if (WIFSIGNALED(waitStatus)) {
    const int number = WTERMSIG(waitStatus);
    return fmt::format("signal {} ({})", number, ::strsignal(number));
  }
  const int code = WEXITSTATUS(waitStatus);
  if (code == kNoProgram) return "the program could not be started";
  return code == 0 ? "" : fmt::format("exit code {}", code);
}

Child::Child(const Command& command) {
  std::vector<char*> arguments = toPointers(command.arguments);
  arguments.push_back(nullptr);
  std::vector<char*> environment = environmentWith(command.environment);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    throw base::SetupError(
        fmt::format("start {}: {}", command.arguments.front(), std::strerror(errno)));
  }
  if (pid_ == 0) becomeProgram(command, arguments.data(), environment.data(), parent);
  pidFd_ = openPidFd(pid_);
  if (!pidFd_) {
    const int why = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw base::SetupError(fmt::format("watch process {}: {}", pid_, std::strerror(why)));
  }
}

Child::~Child() {
  if (ended()) return;
  signal(SIGTERM);
  if (waitFor(kPatience)) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Child::onEnd(base::Loop& loop, std::function<void(int)> callback) {
  watch_ = loop.watch(pidFd_, base::Interest::Read,
                      [this, callback = std::move(callback)](base::Readiness) {
                        if (const auto status = ended()) {
                          watch_.cancel();
                          callback(*status);
                        }
                      });
}

void Child::signal(int number) {
  if (!ended()) ::kill(pid_, number);
}

std::optional<int> Child::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

std::optional<int> Child::waitFor(base::Duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!ended()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd waiting{pidFd_.get(), POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(left.count()) + 1);
  }
  return status_;
}

}  // namespace lucarne::bench
