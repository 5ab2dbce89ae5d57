// SPDX-License-Identifier: Apache-2.0
#include "kiosk/stats.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace lucarne::kiosk {

namespace {

constexpr auto kLinePeriod = std::chrono::seconds(1);
// Enough for half an hour at 60 a second; later ones are left out of the final percentiles.
constexpr std::size_t kMaxLatencies = 108'000;

struct Usage {
  double cpuSeconds;
  std::int64_t wakeups;  // voluntary context switches: each is one sleep that ended
};

Usage usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_nvcsw};
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  const auto nth = values.begin() + std::lround(share * last);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

Stats::Stats(const std::string& path, std::string outputWords, const base::Clock& clock)
    : outputWords_(std::move(outputWords)), clock_(clock) {
  if (!path.empty()) {
    file_.reset(std::fopen(path.c_str(), "we"));
    if (!file_) throw base::SetupError(fmt::format("write {}: {}", path, std::strerror(errno)));
  }
  beginSpan(whole_, clock_.now());
  beginSpan(second_, clock_.now());
}

void Stats::beginSpan(Span& span, base::TimePoint now) {
  const Usage used = usage();
  span = Span{.start = now, .cpuSeconds = used.cpuSeconds, .wakeups = used.wakeups};
}

void Stats::onUpload(std::int64_t pixels) {
  for (Span* span : {&second_, &whole_}) {
    ++span->uploads;
    span->uploadedBytes += static_cast<std::uint64_t>(pixels) * sizeof(surface::Pixel);
  }
}

void Stats::onImport() {
  for (Span* span : {&second_, &whole_}) ++span->imports;
}

void Stats::onStamp(std::optional<surface::Stamp> stamp) {
  if (stamp) newest_ = stamp;
}

std::optional<base::Duration> Stats::onPresent() {
  const base::TimePoint now = clock_.now();
  const bool isNew = newest_ && newest_->counter != lastShown_;
  std::optional<base::Duration> age;
  if (isNew) {
    age = now.time_since_epoch() -
          std::chrono::microseconds(static_cast<std::int64_t>(newest_->drawnUs));
  }
  for (Span* span : {&second_, &whole_}) {
    ++span->presents;
    span->lastPresent = now;
    if (!isNew) continue;
    ++span->stampedPresents;
    if (span->latenciesMs.size() >= kMaxLatencies) continue;
    span->latenciesMs.push_back(static_cast<float>(base::toMicroseconds(*age)) / 1000.F);
  }
  if (isNew) lastShown_ = newest_->counter;
  newest_.reset();
  if (now - second_.start >= kLinePeriod) {
    write(second_, false);
    beginSpan(second_, now);
  }
  return age;
}

void Stats::finish() { write(whole_, true); }

void Stats::write(const Span& span, bool isFinal) {
  if (!file_) return;
  const Usage used = usage();
  std::vector<float> latencies = span.latenciesMs;
  const double seconds = base::toSeconds(clock_.now() - span.start);
  const nlohmann::json line = {
      {"final", isFinal},
      {"output", outputWords_},
      {"seconds", rounded(seconds)},
      {"presents", span.presents},
      {"stamped_presents", span.stampedPresents},
      {"fps", rounded(seconds > 0 ? static_cast<double>(span.presents) / seconds : 0)},
      {"stamped_fps", rounded(seconds > 0 ? static_cast<double>(span.stampedPresents) / seconds : 0)},
      {"latency_ms_p50", rounded(percentile(latencies, 0.50))},
      {"latency_ms_p95", rounded(percentile(latencies, 0.95))},
      {"latency_ms_max", rounded(percentile(latencies, 1.00))},
      {"latencies", latencies.size()},
      {"uploads", span.uploads},
      {"uploaded_bytes", span.uploadedBytes},
      {"imports", span.imports},
      {"paths", paths_},
      {"cpu_seconds", rounded(used.cpuSeconds - span.cpuSeconds)},
      {"wakeups", used.wakeups - span.wakeups},
  };
  std::fprintf(file_.get(), "%s\n", line.dump().c_str());
  std::fflush(file_.get());
}

}  // namespace lucarne::kiosk
