// SPDX-License-Identifier: Apache-2.0
// What a program says while it works: lines on standard error.
//
// A Log is a cheap value (a name and a shared sink) that is handed down through constructors.
// Lines about hostile or broken peers go through a LimitedLog, so that nobody outside can fill a
// disk. Never log pixels, keystrokes, clipboard text or secrets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"

namespace lucarne::base {

enum class LogLevel { Trace, Debug, Info, Warning, Error, Off };

class Log {
 public:
  /// Writes to standard error as `program: text`, with time and level when it is not a terminal.
  static Log toStandardError(std::string_view program, LogLevel level);
  /// Swallows everything: for tests.
  static Log discard();

  /// The same sink under "parent/name".
  Log named(std::string_view name) const;

  bool enabled(LogLevel level) const;
  void write(LogLevel level, std::string_view text) const;

  template <typename... Args>
  void trace(fmt::format_string<Args...> format, Args&&... args) const {
    log(LogLevel::Trace, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    log(LogLevel::Debug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    log(LogLevel::Info, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    log(LogLevel::Warning, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    log(LogLevel::Error, format, std::forward<Args>(args)...);
  }

 private:
  struct Sink;

  Log(std::shared_ptr<Sink> sink, std::string name);

  template <typename... Args>
  void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
  }

  std::shared_ptr<Sink> sink_;  // owned by every Log made from the first one
  std::string name_;
};

/// Parses "trace", "debug", "info", "warning" (or "warn"), "error", "off". Throws UsageError.
LogLevel parseLogLevel(std::string_view text);

/// At most `burst` lines per `interval`; says afterwards how many were left out.
class LimitedLog {
 public:
  LimitedLog(Log log, const Clock& clock, int burst = 5,
             Duration interval = std::chrono::seconds(10));

  template <typename... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (admit()) log_.warning(format, std::forward<Args>(args)...);
  }

 private:
  bool admit();

  Log log_;
  const Clock& clock_;
  int burst_;
  Duration interval_;
  TimePoint windowStart_{};
  int inWindow_ = 0;
  long suppressed_ = 0;
};

}  // namespace lucarne::base
