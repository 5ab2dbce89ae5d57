// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/result.h"

namespace lucarne::base {

namespace {

spdlog::level::level_enum toSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Trace:
      return spdlog::level::trace;
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
    case LogLevel::Off:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

struct Log::Sink {
  std::unique_ptr<spdlog::logger> logger;  // empty: discard
};

Log::Log(std::shared_ptr<Sink> sink, std::string name)
    : sink_(std::move(sink)), name_(std::move(name)) {}

Log Log::toStandardError(std::string_view program, LogLevel level) {
  auto sink = std::make_shared<Sink>();
  sink->logger = std::make_unique<spdlog::logger>(
      std::string(program), std::make_shared<spdlog::sinks::stderr_sink_st>());
  sink->logger->set_pattern(::isatty(STDERR_FILENO) ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %l %v");
  sink->logger->set_level(toSpdlog(level));
  sink->logger->flush_on(spdlog::level::trace);
  return Log(std::move(sink), std::string(program));
}

Log Log::discard() { return Log(std::make_shared<Sink>(), ""); }

Log Log::named(std::string_view name) const { return Log(sink_, fmt::format("{}/{}", name_, name)); }

bool Log::enabled(LogLevel level) const {
  return sink_->logger && sink_->logger->should_log(toSpdlog(level));
}

void Log::write(LogLevel level, std::string_view text) const {
  if (sink_->logger) sink_->logger->log(toSpdlog(level), "{}: {}", name_, text);
}

LogLevel parseLogLevel(std::string_view text) {
  if (text == "trace") return LogLevel::Trace;
  if (text == "debug") return LogLevel::Debug;
  if (text == "info") return LogLevel::Info;
  if (text == "warning" || text == "warn") return LogLevel::Warning;
  if (text == "error") return LogLevel::Error;
  if (text == "off") return LogLevel::Off;
  throw UsageError(fmt::format(
      "log level '{}' is not one of trace, debug, info, warning, error, off", text));
}

LimitedLog::LimitedLog(Log log, const Clock& clock, int burst, Duration interval)
    : log_(std::move(log)), clock_(clock), burst_(burst), interval_(interval) {}

bool LimitedLog::admit() {
  const TimePoint now = clock_.now();
  if (now - windowStart_ >= interval_) {
    if (suppressed_ > 0) log_.warning("{} more lines like the last were left out", suppressed_);
    windowStart_ = now;
    inWindow_ = 0;
    suppressed_ = 0;
  }
  if (inWindow_ < burst_) {
    ++inWindow_;
    return true;
  }
  ++suppressed_;
  return false;
}

}  // namespace lucarne::base
