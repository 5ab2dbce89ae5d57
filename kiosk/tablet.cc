// SPDX-License-Identifier: Apache-2.0
#include "kiosk/tablet.h"

#include <charconv>
#include <memory>

namespace lucarne::kiosk {

namespace {

constexpr const char* kSerial = "data/lucarne/sensors/serial";
constexpr const char* kRotation = "data/lucarne/sensors/orientation/summary/rotation";
constexpr const char* kPercent = "data/lucarne/sensors/battery/summary/percent";
constexpr const char* kStatus = "data/lucarne/sensors/battery/summary/status";

template <typename Number>
std::optional<Number> parsed(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<surface::Rotation> parseRotation(std::string_view untrustedText) {
  const auto degrees = parsed<int>(untrustedText);
  return degrees ? surface::rotationOf(*degrees) : std::nullopt;
}

std::optional<double> parsePercent(std::string_view untrustedText) {
  const auto percent = parsed<double>(untrustedText);
  if (!percent || !(*percent >= 0 && *percent <= 100)) return std::nullopt;
  return percent;
}

TabletWatch::TabletWatch(xenstore::Client& client, const base::Context& context,
                         std::function<void(const Tablet&)> onChange, base::Duration silence)
    : client_(client),
      context_(context),
      onChange_(std::move(onChange)),
      patience_(silence),
      alive_(std::make_shared<bool>(true)),
      watch_(client.watch(kSerial, [this](const std::string&) { look(); })) {}

TabletWatch::~TabletWatch() { *alive_ = false; }

// Answers come in the order of the questions: with the last one the picture is whole.
void TabletWatch::look() {
  const auto found = std::make_shared<Tablet>();
  client_.read(kRotation, [found](const xenstore::Answer<std::string>& text) {
    if (text) found->rotation = parseRotation(*text);
  });
  client_.read(kPercent, [found](const xenstore::Answer<std::string>& text) {
    if (text) found->percent = parsePercent(*text);
  });
  client_.read(kStatus, [this, alive = alive_, found](const xenstore::Answer<std::string>& text) {
    if (!*alive) return;
    found->discharging = text && *text == "discharging";
    silence_ = context_.loop.after(patience_, [this] {
      silence_.cancel();
      settle({});
    });
    settle(*found);
  });
}

void TabletWatch::settle(const Tablet& found) {
  if (found == known_) return;
  known_ = found;
  onChange_(known_);
}

}  // namespace lucarne::kiosk
