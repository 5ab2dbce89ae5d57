// SPDX-License-Identifier: Apache-2.0
#include "base/loop.h"

#include <glib-unix.h>
#include <glib.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

namespace lucarne::base {

namespace {

GIOCondition toCondition(Interest interest) {
  switch (interest) {
    case Interest::None:
      return static_cast<GIOCondition>(0);
    case Interest::Read:
      return G_IO_IN;
    case Interest::Write:
      return G_IO_OUT;
    case Interest::ReadWrite:
      return static_cast<GIOCondition>(G_IO_IN | G_IO_OUT);
  }
  return static_cast<GIOCondition>(0);
}

// What a callback threw, on its way through GLib's C frames to run() or turn() on this thread, and
// the loop to stop for it.
thread_local std::exception_ptr thrown;
thread_local GMainLoop* running = nullptr;

template <typename Call>
void guarded(const Call& call) {
  try {
    call();
  } catch (...) {
    if (!thrown) thrown = std::current_exception();
    if (running) g_main_loop_quit(running);
  }
}

void rethrow() {
  if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
}

// A descriptor's source. The callback lives inside the GSource, which GLib keeps alive during a
// dispatch, so a callback may drop its own registration.
struct FdSource {
  GSource source;
  gpointer tag;
  bool dispatching;  // for those that stay polled
  std::function<void(Readiness)>* onReady;
};

gboolean dispatchFd(GSource* source, GSourceFunc, gpointer) {
  auto* self = reinterpret_cast<FdSource*>(source);
  if (self->dispatching) return G_SOURCE_CONTINUE;  // the loop is turned in there all the same
  const GIOCondition got = g_source_query_unix_fd(source, self->tag);
  const bool broken = (got & (G_IO_HUP | G_IO_ERR | G_IO_NVAL)) != 0;
  const Readiness readiness{.readable = (got & G_IO_IN) != 0 || broken,
                            .writable = (got & G_IO_OUT) != 0,
                            .hungUp = broken};
  self->dispatching = true;
  guarded([self, &readiness] { (*self->onReady)(readiness); });
  self->dispatching = false;
  return G_SOURCE_CONTINUE;
}

gboolean checkFd(GSource* source) {
  return g_source_query_unix_fd(source, reinterpret_cast<FdSource*>(source)->tag) != 0;
}

void finalizeFd(GSource* source) { delete reinterpret_cast<FdSource*>(source)->onReady; }

GSourceFuncs fdFuncs = {nullptr, checkFd, dispatchFd, finalizeFd, nullptr, nullptr};

// A timer's source: a GSource with a ready time, which has microsecond resolution
// (g_timeout_source has milliseconds).
struct TimerSource {
  GSource source;
  gint64 periodUs;  // 0: once
  std::function<void()>* onElapsed;
};

gboolean dispatchTimer(GSource* source, GSourceFunc, gpointer) {
  auto* self = reinterpret_cast<TimerSource*>(source);
  if (self->periodUs > 0) {
    g_source_set_ready_time(source, g_source_get_time(source) + self->periodUs);
  } else {
    g_source_set_ready_time(source, -1);
  }
  guarded(*self->onElapsed);
  return self->periodUs > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void finalizeTimer(GSource* source) { delete reinterpret_cast<TimerSource*>(source)->onElapsed; }

GSourceFuncs timerFuncs = {nullptr, nullptr, dispatchTimer, finalizeTimer, nullptr, nullptr};

gboolean callFunction(gpointer data) {
  guarded(*static_cast<std::function<void()>*>(data));
  return G_SOURCE_CONTINUE;
}

// What other threads want done. Under a mutex of our own rather than inside GLib's, so that the
// thread sanitizer, which sees nothing of GLib, sees the handover.
struct Mailbox {
  std::mutex mutex;
  std::deque<std::function<void()>> tasks;
};

struct MailSource {
  GSource source;
  Mailbox* mailbox;
};

// One task a turn, and ready again before it runs: it may turn the loop itself.
gboolean dispatchMail(GSource* source, GSourceFunc, gpointer) {
  Mailbox& mailbox = *reinterpret_cast<MailSource*>(source)->mailbox;
  std::function<void()> task;
  {
    const std::lock_guard lock(mailbox.mutex);
    if (!mailbox.tasks.empty()) {
      task = std::move(mailbox.tasks.front());
      mailbox.tasks.pop_front();
    }
    g_source_set_ready_time(source, mailbox.tasks.empty() ? -1 : 0);
  }
  if (task) guarded(task);
  return G_SOURCE_CONTINUE;
}

GSourceFuncs mailFuncs = {nullptr, nullptr, dispatchMail, nullptr, nullptr, nullptr};

void deleteFunction(gpointer data) { delete static_cast<std::function<void()>*>(data); }

}  // namespace

struct Loop::State {
  GMainContext* context;
  GMainLoop* loop;
  Mailbox mailbox;
  GSource* mail;
};

Registration::Registration(Registration&& other) noexcept
    : source_(std::exchange(other.source_, nullptr)) {}

Registration& Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    cancel();
    source_ = std::exchange(other.source_, nullptr);
  }
  return *this;
}

Registration::~Registration() { cancel(); }

void Registration::cancel() {
  if (auto* source = static_cast<GSource*>(std::exchange(source_, nullptr))) {
    g_source_destroy(source);
    g_source_unref(source);
  }
}

void Watch::want(Interest interest) {
  // GLib wakes its own loop up at every change.
  if (source_ && std::exchange(interest_, interest) != interest) {
    g_source_modify_unix_fd(static_cast<GSource*>(source_), tag_, toCondition(interest));
  }
}

void Watch::stayPolled() {
  if (source_) g_source_set_can_recurse(static_cast<GSource*>(source_), TRUE);
}

Loop::Loop() : state_(std::make_unique<State>()) {
  state_->context = g_main_context_ref_thread_default();
  state_->loop = g_main_loop_new(state_->context, FALSE);
  state_->mail = g_source_new(&mailFuncs, sizeof(MailSource));
  reinterpret_cast<MailSource*>(state_->mail)->mailbox = &state_->mailbox;
  g_source_set_can_recurse(state_->mail, TRUE);
  g_source_attach(state_->mail, state_->context);
}

Loop::~Loop() {
  g_source_destroy(state_->mail);
  g_source_unref(state_->mail);
  g_main_loop_unref(state_->loop);
  g_main_context_unref(state_->context);
}

Watch Loop::watch(const UniqueFd& fd, Interest interest, std::function<void(Readiness)> onReady) {
  return watchBorrowed(fd.get(), interest, std::move(onReady));
}

Watch Loop::watchBorrowed(int fd, Interest interest, std::function<void(Readiness)> onReady) {
  GSource* source = g_source_new(&fdFuncs, sizeof(FdSource));
  auto* self = reinterpret_cast<FdSource*>(source);
  self->onReady = new std::function<void(Readiness)>(std::move(onReady));
  self->tag = g_source_add_unix_fd(source, fd, toCondition(interest));
  g_source_attach(source, state_->context);
  return Watch(source, self->tag, interest);
}

namespace {

void* attachTimer(GMainContext* context, Duration delay, gint64 periodUs,
                  std::function<void()> onElapsed) {
  GSource* source = g_source_new(&timerFuncs, sizeof(TimerSource));
  auto* self = reinterpret_cast<TimerSource*>(source);
  self->periodUs = periodUs;
  self->onElapsed = new std::function<void()>(std::move(onElapsed));
  // Rounded up: a timer never fires early.
  const gint64 us = toMicroseconds(delay + std::chrono::nanoseconds(999));
  g_source_set_ready_time(source, g_get_monotonic_time() + std::max<gint64>(us, 0));
  g_source_attach(source, context);
  return source;
}

}  // namespace

Timer Loop::after(Duration delay, std::function<void()> onElapsed) {
  return Timer(attachTimer(state_->context, delay, 0, std::move(onElapsed)));
}

Timer Loop::every(Duration period, std::function<void()> onElapsed) {
  const gint64 us = std::max<gint64>(toMicroseconds(period), 1);
  return Timer(attachTimer(state_->context, period, us, std::move(onElapsed)));
}

Registration Loop::onSignal(int signal, std::function<void()> onRaised) {
  GSource* source = g_unix_signal_source_new(signal);
  g_source_set_callback(source, callFunction, new std::function<void()>(std::move(onRaised)),
                        deleteFunction);
  g_source_attach(source, state_->context);
  return Registration(source);
}

void Loop::post(std::function<void()> task) {
  const std::lock_guard lock(state_->mailbox.mutex);
  state_->mailbox.tasks.push_back(std::move(task));
  g_source_set_ready_time(state_->mail, 0);
}

void Loop::run() {
  GMainLoop* const outer = std::exchange(running, state_->loop);
  g_main_loop_run(state_->loop);
  running = outer;
  rethrow();
}

void Loop::quit() { g_main_loop_quit(state_->loop); }

bool Loop::turn(bool block) {
  const bool ran = g_main_context_iteration(state_->context, block) != FALSE;
  rethrow();
  return ran;
}

}  // namespace lucarne::base
