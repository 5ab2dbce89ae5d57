// SPDX-License-Identifier: Apache-2.0
#include "input-broker/toggled_program.h"

#include <glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <utility>

namespace lucarne::input {

namespace {

struct SignalName {
  std::string_view word;
  int number;
};

constexpr SignalName kSignals[] = {
    {"HUP", SIGHUP}, {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"WINCH", SIGWINCH},
};

// Between fork and exec: nothing but calls that may be made there.
void alone(gpointer) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

}  // namespace

std::optional<int> signalOf(std::string_view word) {
  if (word.starts_with("SIG")) word.remove_prefix(3);
  for (const SignalName& known : kSignals) {
    if (word == known.word) return known.number;
  }
  if (!word.starts_with("RTMIN")) return std::nullopt;
  word.remove_prefix(5);
  if (word.empty()) return SIGRTMIN;
  int offset = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data() + 1, end, offset);
  const bool good = word[0] == '+' && error == std::errc{} && stop == end && offset >= 0 &&
                    offset <= SIGRTMAX - SIGRTMIN;
  return good ? std::optional(SIGRTMIN + offset) : std::nullopt;
}

struct ToggledProgram::Running {
  Running(GPid started, ToggledProgram& owner) : process(started) {
    watch = g_child_watch_add(
        started,
        [](GPid pid, gint, gpointer data) {
          auto& program = *static_cast<ToggledProgram*>(data);
          g_spawn_close_pid(pid);
          program.running_->watch = 0;  // gone with this call
          program.log_.debug("{}: {} has ended", program.name_, program.command_);
          program.running_.reset();
        },
        &owner);
  }
  ~Running() {
    if (watch == 0) return;  // it has ended
    g_source_remove(watch);
    ::kill(-process, SIGTERM);
    // Somebody must take its status: GLib, in whatever loop still runs.
    g_child_watch_add(process, [](GPid pid, gint, gpointer) { g_spawn_close_pid(pid); }, nullptr);
  }
  GPid process;
  guint watch = 0;
};

ToggledProgram::ToggledProgram(std::string name, std::string command, int signal, base::Log log)
    : name_(std::move(name)), command_(std::move(command)), signal_(signal), log_(std::move(log)) {}

ToggledProgram::~ToggledProgram() = default;

void ToggledProgram::toggle() {
  if (!running_) return start();
  // The end is for all that it started; a signal of its own for itself.
  ::kill(signal_ != 0 ? running_->process : -running_->process, signal_ != 0 ? signal_ : SIGTERM);
}

void ToggledProgram::start() {
  const char* command[] = {"/bin/sh", "-c", command_.c_str(), nullptr};
  GError* error = nullptr;
  GPid process = 0;
  const auto flags = static_cast<GSpawnFlags>(G_SPAWN_DO_NOT_REAP_CHILD);
  if (!g_spawn_async(nullptr, const_cast<char**>(command), nullptr, flags, alone, nullptr, &process,
                     &error)) {
    log_.error("button {}: {}: {}", name_, command_, error->message);
    g_error_free(error);
    return;
  }
  log_.info("button {}: started {}", name_, command_);
  running_ = std::make_unique<Running>(process, *this);
}

}  // namespace lucarne::input
