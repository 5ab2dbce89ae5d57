// SPDX-License-Identifier: Apache-2.0
// One thread, one loop per program: GLib's main loop with registrations as objects.
//
// GLib it is because spice-client-glib, GDBus and libsoup live in it (DESIGN.md, Libraries). Code
// above base/ sees only this header. All calls belong to the thread that made the Loop; `post` is
// the one mailbox for other threads.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace lucarne::base {

/// Which readiness of a descriptor wakes its watcher.
enum class Interest { None, Read, Write, ReadWrite };

/// What a descriptor was found to be. Hang-up and error are reported as readable as well, so that
/// the read tells the reason.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool hungUp = false;
};

/// A source in the loop; dropping it unsubscribes, at once, also from inside its own callback.
class Registration {
 public:
  Registration() = default;
  Registration(Registration&&) noexcept;
  Registration& operator=(Registration&&) noexcept;
  ~Registration();

  explicit operator bool() const { return source_ != nullptr; }
  void cancel();

 protected:
  friend class Loop;
  explicit Registration(void* source) : source_(source) {}
  void* source_ = nullptr;  // GSource, one reference held
};

/// Watches one descriptor, which must outlive it.
class Watch : public Registration {
 public:
  Watch() = default;
  /// Changes what wakes it; free when it is the same as before.
  void want(Interest interest);
  /// For a descriptor that is ready a thousand times a second. GLib takes a descriptor out of what it
  /// polls before each call of its watcher and puts it back afterwards, waking itself up both times:
  /// four system calls and a turn of the loop. Not any more for this one, whose callback must never
  /// turn the loop itself (if it does, it is not called inside itself, but the inner turns do not
  /// sleep while the descriptor is ready).
  void stayPolled();

 private:
  friend class Loop;
  Watch(void* source, void* tag, Interest interest)
      : Registration(source), tag_(tag), interest_(interest) {}
  void* tag_ = nullptr;
  Interest interest_ = Interest::None;
};

using Timer = Registration;

class Loop {
 public:
  /// Runs on the thread-default GLib context of the calling thread.
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Calls `onReady` whenever the descriptor is ready (level-triggered).
  [[nodiscard]] Watch watch(const UniqueFd& fd, Interest interest,
                            std::function<void(Readiness)> onReady);
  /// The same for a descriptor owned by a C library.
  [[nodiscard]] Watch watchBorrowed(int fd, Interest interest,
                                    std::function<void(Readiness)> onReady);
  /// Calls once, not before `delay` has passed (microsecond resolution).
  [[nodiscard]] Timer after(Duration delay, std::function<void()> onElapsed);
  /// Calls again and again, `period` after the start of the last call.
  [[nodiscard]] Timer every(Duration period, std::function<void()> onElapsed);
  /// Calls on SIGTERM, SIGINT, SIGHUP, SIGUSR1 or SIGUSR2. Make these before any thread starts.
  [[nodiscard]] Registration onSignal(int signal, std::function<void()> onRaised);

  /// Runs `task` on the loop's thread in one of its next turns, in the order of posting; callable from
  /// any thread. Tasks that are left when the Loop goes are never run.
  void post(std::function<void()> task);

  /// Until `quit`. An exception that leaves a callback ends it too, and comes out of here (or of
  /// `turn`): it cannot pass through GLib.
  void run();
  void quit();
  /// One turn: dispatches what is ready, sleeping first if `block`. True when something ran.
  bool turn(bool block);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lucarne::base
