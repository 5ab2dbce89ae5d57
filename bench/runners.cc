// SPDX-License-Identifier: Apache-2.0
#include "bench/runners.h"

#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "base/result.h"
#include "bench/folder_watch.h"
#include "bench/listening.h"
#include "bench/process_usage.h"
#include "bench/sightings.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kListenerPatience = std::chrono::seconds(20);
constexpr base::Duration kLookForPicture = std::chrono::milliseconds(20);

}  // namespace

double cpuOf(const Child& child) {
  const auto usage = usageOf(child.pid());
  return usage ? usage->cpuSeconds : 0;
}

void Runners::start(const Stage& stage) {
  if (stage.afterPort != 0 && !runners_.empty()) {
    awaitListener(stage.afterPort, kListenerPatience, *runners_.front().child);
  }
  if (!stage.afterSocket.empty() && !runners_.empty()) {
    const auto there = [&stage] { return ::access(stage.afterSocket.c_str(), F_OK) == 0; };
    FolderWatch(folder_).waitUntil(kListenerPatience, there, runners_.front().child.get());
  }
  runners_.push_back({stage.name, std::make_unique<Child>(stage.command), 0});
}

surface::GuestPoint Runners::awaitPicture(const Panel& panel, const Shown& shown,
                                          base::Duration patience, const std::string& what) const {
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (true) {
    if (const auto origin = findOrigin(panel.pixels(), shown)) return *origin;
    for (const Runner& r : runners_) {
      if (const auto status = r.child->ended()) {
        throw base::SetupError(
            fmt::format("{} ended ({}){}", r.name, endInWords(*status), lastWords()));
      }
    }
    if (clock.now() > end) throw base::SetupError("never showed " + what + lastWords());
    std::this_thread::sleep_for(kLookForPicture);
  }
}

// The folder with their logs goes with whoever made it: what it says is said now.
std::string Runners::lastWords() const {
  std::string words;
  for (const Runner& r : runners_) {
    words += fmt::format("; {}: {}", r.name, lastLine(folder_ + "/" + r.name + ".log"));
  }
  return words;
}

void Runners::startCounting() {
  for (Runner& r : runners_) r.cpuBefore = cpuOf(*r.child);
}

void Runners::addCosts(Outcome& o, double frames) const {
  for (const Runner& r : runners_) {
    const double cpu = (cpuOf(*r.child) - r.cpuBefore) * 1000 / frames;
    o.cpuPerFrameOf[r.name] = cpu;
    o.cpuPerFrame += cpu;
    const auto usage = usageOf(r.child->pid());
    o.residentMiB[r.name] = usage ? static_cast<double>(usage->residentBytes) / (1 << 20) : 0;
  }
}

}  // namespace lucarne::bench
