// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/result.h"
#include "bench/line_shape.h"

namespace lucarne::demo {

namespace {

constexpr int kHeadlessSeconds = 10;
constexpr int kLongest = 24 * 3600;

bool isSet(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

}  // namespace

SettingsParser::SettingsParser(CLI::App& app) {
  plain_.rate = "5M";
  app.add_flag("--headless", headless_,
               "no window; chosen by itself where there is neither DISPLAY nor WAYLAND_DISPLAY");
  app.add_option("--seconds", seconds_,
                 "how long (headless: 10; in a window: until it is closed, or Ctrl+C)");
  app.add_option("--rotate", rotate_, "0, 90, 180 or 270 degrees clockwise (90)");
  app.add_option("--line", plain_.rate,
                 "the line's speed: 5M, 300k bytes a second, 115200baud; 0: no limit (5M, about a "
                 "virtio console)");
  app.add_option("--latency", plain_.latencyMs, "the line's delay one way, milliseconds (0)")
      ->check(CLI::Range(0.0, 10000.0));
  app.add_option("--vnc", plain_.vnc, "HOST:PORT of a guest of your own instead of the built-in");
  app.add_option("--password-file", plain_.passwordFile, "file whose first line opens --vnc");
  app.add_option("--screenshot", plain_.screenshot, "FILE: a PNG of the panel at the end");
  app.add_option("--json", plain_.json, "FILE: the figures");
  app.add_flag("--sensors", plain_.sensors,
               "also the dashboard of a simulated tablet's sensors; its address is printed");
  app.add_option("--page-screenshot", plain_.pageScreenshot,
                 "FILE: with --sensors, a PNG of the dashboard at the end (needs chromium)");
}

Settings SettingsParser::settings() const {
  Settings s = plain_;
  const auto rotation = surface::rotationOf(rotate_);
  if (!rotation) {
    throw base::UsageError(fmt::format("--rotate {}: give 0, 90, 180 or 270", rotate_));
  }
  s.rotation = *rotation;
  if (seconds_ != -1 && (seconds_ < 1 || seconds_ > kLongest)) {
    throw base::UsageError(fmt::format("--seconds {}: give 1 to {}", seconds_, kLongest));
  }
  if (!s.pageScreenshot.empty() && !s.sensors) {
    throw base::UsageError("--page-screenshot needs --sensors");
  }
  bench::parseRate(s.rate);  // refuses here rather than in a child
  if (!s.vnc.empty() && s.vnc.find(':') == std::string::npos) {
    throw base::UsageError(fmt::format("--vnc {}: give HOST:PORT, as localhost:5900", s.vnc));
  }
  const bool display = isSet("DISPLAY") || isSet("WAYLAND_DISPLAY");
  s.panel = headless_ || !display ? Panel::Headless : Panel::Window;
  s.seconds = seconds_ != -1 ? seconds_ : s.panel == Panel::Headless ? kHeadlessSeconds : 0;
  return s;
}

}  // namespace lucarne::demo
