// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace lucarne::demo {

namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 50ms;
// Slow machines and slow lines: a whole first screen at 115200 baud takes half a minute.
constexpr auto kPatienceForFirstPicture = 90s;
constexpr auto kSayEvery = 2s;
constexpr base::Duration kPatienceForCounts = 2s;

}  // namespace

Demo::Demo(const Settings& settings, const base::Context& context)
    : settings_(settings), context_(context), started_(context.clock.now()), stats_("") {
  chain_.emplace(settings_, context_,
                 [this](const std::string& name, int status) { onEnded(name, status); });
  stats_ = StatsReader(chain_->statsFile());
  if (settings_.panel == Panel::Headless && settings_.vnc.empty()) {
    const surface::Placement placement(surface::turned(kGuestSize, settings_.rotation), kGuestSize,
                                       settings_.rotation, surface::ScaleMode::Fit);
    performer_.emplace(chain_->scriptPipe(), placement, context_);
  }
}

Demo::~Demo() = default;

void Demo::say(const std::string& text) const { std::fprintf(stderr, "%s\n", text.c_str()); }

int Demo::run() {
  say(fmt::format("guest {} → relay → serial line at {} → relay → kiosk, turned by {} degrees, {}",
                  settings_.vnc.empty() ? "(built in)" : settings_.vnc, settings_.rate,
                  surface::degrees(settings_.rotation),
                  settings_.panel == Panel::Headless ? "off screen" : "in a window"));
  looking_ = context_.loop.every(kLookEvery, [this] { look(); });
  deadline_ = context_.loop.after(kPatienceForFirstPicture, [this] {
    fail(fmt::format(
        "no picture after {} s; the kiosk's log ends with\n{}and the panel's relay's\n{}",
        kPatienceForFirstPicture.count(), chain_->logTail("kiosk"),
        chain_->logTail("panel's relay")));
  });
  context_.loop.run();
  looking_.cancel();
  if (!failure_.empty()) {
    say("lucarne-demo: " + failure_);
    return 1;
  }
  if (!first_) {
    say("lucarne-demo: stopped before the first picture came");
    return 1;
  }
  if (!last_) last_ = read();
  chain_->end();
  look();  // the kiosk's last lines
  const Report result = report(*last_);
  std::printf("%s", toTable(result, settings_).c_str());
  if (!settings_.json.empty()) std::ofstream(settings_.json) << toJson(result, settings_);
  if (!settings_.screenshot.empty()) say("the panel's picture is in " + settings_.screenshot);
  return result.framesShown > 0 ? 0 : 1;
}

void Demo::look() {
  while (const auto line = stats_.next()) {
    if (line->isFinal) {
      final_ = line;
    } else if (pagePicture_) {
      // Measured to the end; a browser is at work.
    } else if (first_) {
      shown_.seconds += line->seconds;
      shown_.presents += line->presents;
      shown_.stampedPresents += line->stampedPresents;
      shown_.uploadedBytes += line->uploadedBytes;
      shown_.latencyP50Ms = line->latencyP50Ms;
    } else if (settings_.vnc.empty() ? line->stampedPresents > 0 : line->uploadedBytes > 0) {
      startMeasuring();
    }
  }
  sayDashboard();
  if (!first_ || shown_.seconds < secondsSaid_ + base::toSeconds(kSayEvery)) return;
  secondsSaid_ = static_cast<int>(shown_.seconds);
  say(fmt::format("  {:3} s: {} pictures", secondsSaid_, shown_.presents));
}

void Demo::startMeasuring() {
  first_ = read();
  say(fmt::format("the picture is there after {:.1f} s", base::toSeconds(first_->when - started_)));
  if (performer_) performer_->start();
  deadline_.cancel();
  if (settings_.seconds > 0) {
    deadline_ = context_.loop.after(std::chrono::seconds(settings_.seconds),
                                    [this] { onTimeOver(); });
  }
}

void Demo::sayDashboard() {
  if (dashboardSaid_ || !settings_.sensors || !chain_) return;
  const std::string address = chain_->dashboard();
  if (address.empty()) return;
  dashboardSaid_ = true;
  say("the sensors' dashboard is at " + address);
}

void Demo::onTimeOver() {
  const std::string address = settings_.pageScreenshot.empty() ? "" : chain_->dashboard();
  if (address.empty()) return context_.loop.quit();
  look();
  last_ = read();
  pagePicture_.emplace(address + "?still", settings_.pageScreenshot, context_,
                       [this](const std::string& trouble) {
                         say(trouble.empty() ? "the dashboard's picture is in " +
                                                   settings_.pageScreenshot
                                             : "no picture of the dashboard: " + trouble);
                         context_.loop.quit();
                       });
}

void Demo::onEnded(const std::string& name, int waitStatus) {
  const bool closed = name == "kiosk" && waitStatus == 0 && first_;
  if (closed) return context_.loop.quit();  // the person closed the window
  const std::string how = bench::endInWords(waitStatus);
  fail(fmt::format("the {} ended ({}); its last words:\n{}", name,
                   how.empty() ? "without an error" : how, chain_->logTail(name)));
}

void Demo::fail(const std::string& why) {
  if (failure_.empty()) failure_ = why;
  context_.loop.quit();
}

Demo::Reading Demo::read() {
  Reading reading{context_.clock.now(), chain_->usage()};
  // The line answers each order with one line; the file's last one is the newest.
  const auto countLines = [this](std::string& last) {
    std::ifstream in(chain_->lineCountsFile());
    int lines = 0;
    for (std::string line; std::getline(in, line) && !in.eof(); ++lines) last = line;
    return lines;
  };
  std::string answer;
  const int before = countLines(answer);
  if (::write(chain_->lineOrders().get(), "stats\n", 6) != 6) return reading;
  while (countLines(answer) == before && context_.clock.now() - reading.when < kPatienceForCounts) {
    ::usleep(5000);
  }
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (json.is_object()) {
    reading.toPanel = json.value("forward_bytes", std::uint64_t{0});
    reading.toGuest = json.value("backward_bytes", std::uint64_t{0});
  }
  return reading;
}

Report Demo::report(const Reading& last) {
  Report result;
  result.firstPictureSeconds = base::toSeconds(first_->when - started_);
  result.seconds = base::toSeconds(last.when - first_->when);
  result.lineBytesToPanel = last.toPanel - first_->toPanel;
  result.lineBytesToGuest = last.toGuest - first_->toGuest;
  result.rawBytes = shown_.uploadedBytes;
  result.framesShown = settings_.vnc.empty() ? shown_.stampedPresents : shown_.presents;
  if (final_) {
    result.latencyP50Ms = final_->latencyP50Ms;
    result.latencyP95Ms = final_->latencyP95Ms;
  }
  for (const Chain::Member& member : last.members) {
    for (const Chain::Member& earlier : first_->members) {
      if (earlier.name != member.name) continue;
      result.programs.push_back(
          {member.name, (member.usage.cpuSeconds - earlier.usage.cpuSeconds) / result.seconds,
           member.usage.peakResidentBytes});
    }
  }
  return result;
}

}  // namespace lucarne::demo
