// SPDX-License-Identifier: Apache-2.0
#include "tunnel/children.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/c_handle.h"

namespace lucarne::tunnel {

namespace {

using base::UniqueFd;

// How often those that are leaving are looked at: there is no descriptor to watch on every kernel.
constexpr base::Duration kLook = std::chrono::milliseconds(50);
// What a terminal without a window is taken for.
constexpr winsize kPage{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};

// In the child: its own session and group, and SIGPIPE as programs expect it (we ignore it).
void prepareOnSocket(gpointer) {
  ::setsid();
  ::signal(SIGPIPE, SIG_DFL);
}

void prepareOnTerminal(gpointer) {
  ::setsid();
  ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);
  ::signal(SIGPIPE, SIG_DFL);
}

struct Pair {
  UniqueFd ours;
  UniqueFd theirs;
};

Pair makeSockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return {};
  return {UniqueFd::adopt(ends[0]), UniqueFd::adopt(ends[1])};
}

Pair makeTerminal() {
  Pair pair{.ours = UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), .theirs = {}};
  char name[64];
  if (!pair.ours || ::grantpt(pair.ours.get()) < 0 || ::unlockpt(pair.ours.get()) < 0 ||
      ::ptsname_r(pair.ours.get(), name, sizeof name) != 0) {
    return {};
  }
  pair.theirs = UniqueFd::adopt(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::ioctl(pair.ours.get(), TIOCSWINSZ, &kPage);
  return pair;
}

}  // namespace

struct Children::Running {
  Running(Children& all, pid_t pid, int goodbye) : children(all), child(pid), signal(goodbye) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { children.bury(child, signal); }
  Children& children;
  const pid_t child;
  const int signal;
};

base::Result<FdParts> Children::start(const std::string& command, ChildLine line) {
  const bool terminal = line == ChildLine::Terminal;
  Pair pair = terminal ? makeTerminal() : makeSockets();
  if (!pair.ours || !pair.theirs) {
    return base::unexpected(fmt::format("cannot start '{}': {}", command, std::strerror(errno)));
  }
  base::setNonBlocking(pair.ours);
  const gchar* argv[] = {"/bin/sh", "-c", command.c_str(), nullptr};
  GPid child = 0;
  GError* error = nullptr;
  const gboolean started = g_spawn_async_with_fds(
      nullptr, const_cast<gchar**>(argv), nullptr, G_SPAWN_DO_NOT_REAP_CHILD,
      terminal ? prepareOnTerminal : prepareOnSocket, nullptr, &child, pair.theirs.get(),
      pair.theirs.get(), terminal ? pair.theirs.get() : -1, &error);
  const base::CHandle<GError, g_error_free> failure(error);
  if (!started) {
    return base::unexpected(fmt::format("cannot start '{}': {}", command,
                                        failure ? failure->message : "no reason given"));
  }
  return FdParts{.input = std::move(pair.ours),
                 .output = {},
                 .ending = terminal ? Ending::EndOfText : Ending::Shutdown,
                 .escape = {},
                 .restore = std::make_shared<Running>(*this, child, terminal ? SIGHUP : SIGTERM)};
}

void Children::bury(pid_t child, int signal) {
  ::kill(-child, signal);
  leaving_.push_back({child, context_.clock.now() + kGrace});
  if (!timer_) timer_ = context_.loop.every(kLook, [this] { look(); });
}

void Children::look() {
  std::erase_if(leaving_, [this](const Leaving& each) {
    const bool late = context_.clock.now() >= each.killAt;
    if (late) ::kill(-each.child, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(each.child), &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid == 0) return false;
    ::kill(-each.child, SIGKILL);  // what it left behind, while the number is still its own
    ::waitpid(each.child, nullptr, 0);
    return true;
  });
  if (leaving_.empty()) timer_.cancel();
}

Children::~Children() {
  for (const Leaving& each : leaving_) {
    ::kill(-each.child, SIGKILL);
    ::waitpid(each.child, nullptr, 0);
  }
}

}  // namespace lucarne::tunnel
