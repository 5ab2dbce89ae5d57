// SPDX-License-Identifier: Apache-2.0
#include "kiosk/display_publisher.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace lucarne::kiosk {

namespace {

constexpr const char* kBase = "data/lucarne/display";
constexpr std::size_t kMaxNode = 64;
// Put before a name that is empty, or that of a node of ours.
constexpr const char* kUnnamed = "guest";

}  // namespace

std::string displayNode(const std::string& name) {
  std::string node = name.substr(0, kMaxNode);
  for (char& c : node) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  }
  return node.empty() || node == "serial" || node == "heartbeat" ? kUnnamed + node : node;
}

DisplayPublisher::DisplayPublisher(xenstore::Client& client, const base::Context& context,
                                   std::vector<xenstore::DomainId> readers)
    : context_(context),
      publisher_(client, context, {.base = kBase, .readers = std::move(readers)}) {
  publisher_.set("heartbeat", beats_);
  heartbeat_ = context_.loop.every(kHeartbeat, [this] { publisher_.set("heartbeat", ++beats_); });
}

DisplayPublisher::Figures& DisplayPublisher::figuresOf(const std::string& guest) {
  const auto [found, isNew] = guests_.try_emplace(guest);
  if (!isNew) return found->second;
  const std::string wanted = displayNode(guest);
  const auto taken = [&](const std::string& node) {
    return std::any_of(guests_.begin(), guests_.end(),
                       [&](const auto& other) { return other.second.node == node; });
  };
  std::string node = wanted;
  for (int n = 2; taken(node); ++n) node = fmt::format("{}-{}", wanted, n);
  found->second.node = node;
  publisher_.set(node + "/name", guest);
  publisher_.set(node + "/fps", 0);
  return found->second;
}

void DisplayPublisher::onGuests(const Guests& guests) {
  for (const auto& guest : guests.all()) {
    const std::string& node = figuresOf(guest->name).node;
    const bool live = guest->connected && guest->phase == surface::Phase::Live;
    publisher_.set(node + "/connected", live ? 1 : 0);
    publisher_.set(node + "/shown", guest.get() == guests.shown() ? 1 : 0);
  }
  std::erase_if(guests_, [&](const auto& one) {
    if (guests.find(one.first)) return false;
    publisher_.remove(one.second.node);
    return true;
  });
}

void DisplayPublisher::onShown(const Guest& guest, std::optional<base::Duration> age) {
  Figures& figures = figuresOf(guest.name);
  ++figures.frames;
  if (age) figures.ages.push_back(*age);
  if (timer_) return;
  since_ = context_.clock.now();
  timer_ = context_.loop.every(kPeriod, [this] { report(); });
}

void DisplayPublisher::report() {
  const base::TimePoint now = context_.clock.now();
  const double seconds = std::max(base::toSeconds(now - std::exchange(since_, now)), 0.001);
  bool moving = false;
  for (auto& [name, figures] : guests_) {
    moving = moving || figures.frames > 0;
    publisher_.set(figures.node + "/fps", fmt::format("{:.1f}", figures.frames / seconds));
    figures.frames = 0;
    if (figures.ages.empty()) continue;
    const auto middle = figures.ages.begin() + static_cast<std::ptrdiff_t>(figures.ages.size() / 2);
    std::nth_element(figures.ages.begin(), middle, figures.ages.end());
    publisher_.set(figures.node + "/latency-us", base::toMicroseconds(*middle));
    figures.ages.clear();
  }
  if (!moving) timer_.cancel();
}

void DisplayPublisher::withdraw(std::function<void()> done) {
  timer_.cancel();
  heartbeat_.cancel();
  publisher_.withdraw(std::move(done));
}

}  // namespace lucarne::kiosk
