// SPDX-License-Identifier: Apache-2.0
// exec:COMMAND: a child whose standard input and output are the line (ssh guest …, a simulator).
#include <fmt/format.h>
#include <gio/gio.h>
#include <glib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/c_handle.h"
#include "link/transports/basic_transport.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

// How long a child may take to leave after its line was closed and SIGTERM; then SIGKILL. Blocks
// the loop, but only when a line is closed.
constexpr int kGraceSteps = 50;
constexpr timespec kGraceStep{0, 2'000'000};

// Ends the child and all it started (its process group), and reaps it.
struct ExecRestore {
  explicit ExecRestore(pid_t pid) : child(pid) {}
  ExecRestore(const ExecRestore&) = delete;
  ExecRestore& operator=(const ExecRestore&) = delete;
  ~ExecRestore() {
    ::kill(-child, SIGTERM);
    for (int i = 0; i < kGraceSteps; ++i) {
      if (::waitpid(child, nullptr, WNOHANG) != 0) {
        ::kill(-child, SIGKILL);  // what it left behind
        return;
      }
      ::nanosleep(&kGraceStep, nullptr);
    }
    ::kill(-child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  const pid_t child;
};

// Runs in the child: its own group, and SIGPIPE as programs expect it (we ignore it).
void prepareChild(gpointer) {
  ::setpgid(0, 0);
  ::signal(SIGPIPE, SIG_DFL);
}

class ExecTransport final : public BasicTransport {
 public:
  ExecTransport(std::string command, const base::Context& context)
      : BasicTransport("exec:" + command, LineKind::Local, context), command_(std::move(command)) {}

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    answer(spawn());
  }

 private:
  base::Result<Stream> spawn() const {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
      return base::unexpected(fmt::format("{}: {}", name(), std::strerror(errno)));
    }
    Stream stream{.fd = UniqueFd::adopt(ends[0]), .kind = LineKind::Local};
    const auto theirs = UniqueFd::adopt(ends[1]);
    base::setNonBlocking(stream.fd);
    const gchar* argv[] = {"/bin/sh", "-c", command_.c_str(), nullptr};
    GPid child = 0;
    GError* error = nullptr;
    const gboolean started = g_spawn_async_with_fds(
        nullptr, const_cast<gchar**>(argv), nullptr, G_SPAWN_DO_NOT_REAP_CHILD, prepareChild,
        nullptr, &child, theirs.get(), theirs.get(), -1, &error);
    const base::CHandle<GError, g_error_free> failure(error);
    if (!started) {
      return base::unexpected(
          fmt::format("{}: {}", name(), failure ? failure->message : "cannot start"));
    }
    ::setpgid(child, child);  // the child does it too: whoever comes first
    stream.restore = std::make_shared<ExecRestore>(child);
    return stream;
  }

  const std::string command_;
};

std::unique_ptr<Transport> create(std::string_view rest, const base::Context& context) {
  if (rest.empty() || rest.find('\0') != std::string_view::npos) {
    throw base::UsageError("exec: names no command; exec:COMMAND, run by /bin/sh");
  }
  return std::make_unique<ExecTransport>(std::string(rest), context);
}

}  // namespace

extern const TransportRow execTransport;
const TransportRow execTransport = {"exec", "exec:COMMAND", "a child's standard input and output",
                                    create};

}  // namespace lucarne::link
