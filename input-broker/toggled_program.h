// SPDX-License-Identifier: Apache-2.0
// A program that a button switches on and off: an on-screen keyboard.
//
// The first press starts it, the next one ends it or, when it was given a signal of its own, sends it
// that: wvkbd shows and hides itself on SIGRTMIN. A program that ended by itself is started again by
// the next press.
//
// Its whole process group ends with the broker, in an orderly way or not, so that a broker that is
// started again never finds one that it cannot switch off. On the loop's thread, in GLib's loop.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"

namespace lucarne::input {

/// "USR1", "SIGUSR1", "RTMIN+2"; nothing for what is no signal. SIGKILL and SIGSTOP are none of a
/// button's business.
std::optional<int> signalOf(std::string_view word);

class ToggledProgram {
 public:
  /// `command` goes to /bin/sh; `signal` 0: it is ended with SIGTERM. `name` is the button's.
  ToggledProgram(std::string name, std::string command, int signal, base::Log log);
  ~ToggledProgram();
  ToggledProgram(const ToggledProgram&) = delete;
  ToggledProgram& operator=(const ToggledProgram&) = delete;

  void toggle();
  bool running() const { return running_ != nullptr; }

 private:
  struct Running;  // the process and GLib's watch on its end

  void start();

  std::string name_;
  std::string command_;
  int signal_;
  base::Log log_;
  std::unique_ptr<Running> running_;
};

}  // namespace lucarne::input
