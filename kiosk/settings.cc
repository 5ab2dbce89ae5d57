// SPDX-License-Identifier: Apache-2.0
#include "kiosk/settings.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::kiosk {

namespace {

constexpr int kMaxBorderPx = 64;

struct TwoNumbers {
  int first = 0;
  int second = 0;
};

std::optional<TwoNumbers> parseTwo(std::string_view text, char between) {
  const char* end = text.data() + text.size();
  TwoNumbers two;
  const auto first = std::from_chars(text.data(), end, two.first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != between) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, two.second);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return two;
}

surface::Size parseSize(const char* option, std::string_view text) {
  const auto two = parseTwo(text, 'x');
  if (!two || !surface::isAcceptable(two->first, two->second)) {
    throw base::UsageError(fmt::format("{} {}: give WIDTHxHEIGHT in pixels, as 800x1280", option,
                                       text));
  }
  return {two->first, two->second};
}

RendererChoice parseRenderer(std::string_view word) {
  if (word == "auto") return RendererChoice::Auto;
  if (word == "software") return RendererChoice::Software;
  if (word == "opengl") return RendererChoice::OpenGl;
  if (word == "opengles2") return RendererChoice::OpenGlEs;
  throw base::UsageError(
      fmt::format("--renderer {}: give auto, software, opengl or opengles2", word));
}

base::Duration parseRefresh(const std::string& text) {
  if (text == "own") return {};
  constexpr int kMostHz = 1000;
  int hz = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, hz);
  if (parsed.ec != std::errc() || parsed.ptr != end || hz < 1 || hz > kMostHz) {
    throw base::UsageError(
        fmt::format("--refresh {}: give 1 to {} pictures a second, or own", text, kMostHz));
  }
  return base::Duration(std::chrono::seconds(1)) / hz;
}

}  // namespace

SettingsParser::SettingsParser(CLI::App& app) {
  plain_.hint = "lucarne-relay's own messages say why; ./lucarne doctor looks at the rest";
  app.add_option("--rotate", rotate_, "0, 90, 180 or 270 degrees clockwise (default 0)");
  app.add_option("--scale", scale_, "fit, fill, integer or none (default fit)");
  app.add_option("--window", window_, "WxH: in a window (default: the full screen)");
  app.add_flag("--headless", headless_, "show nothing; with --size");
  app.add_option("--size", size_, "WxH: the panel's size with --headless (default 1280x800)");
  app.add_option("--renderer", renderer_, "auto, software, opengl or opengles2 (default auto)");
  app.add_option("--refresh", refresh_, "HZ: show so many pictures a second at most, or \"own\": as they "
                                        "come (default: what the panel says it shows)");
  app.add_flag("--no-dmabuf", noDmabuf_,
               "have relays copy guests' dma-bufs instead of reading them with the GPU");
  app.add_flag("--list", plain_.list, "say which GPUs can read guests' dma-bufs, and end");
  app.add_option("--socket", plain_.socketPath,
                 "where relays connect (default kiosk.sock in the runtime folder)");
  app.add_option("--show", plain_.preferredGuest,
                 "NAME: show this guest whenever it comes (default: the first that comes)");
  app.add_flag("--resize-guest", resizeGuest_, "ask each guest for exactly the panel's turned size");
  app.add_option("--border", border_, "pixels of coloured border that name the guest (default: 0, "
                                      "or 4 with several guests)");
  app.add_option("--screenshot", plain_.screenshotPath,
                 "FILE: a PNG of the panel on SIGUSR1, on Ctrl+Alt+S and at exit");
  app.add_option("--stats", plain_.statsPath, "FILE: JSON lines while pictures come and at exit");
  app.add_option("--stamp", stamp_, "X,Y: where the guest draws frame stamps (default 0,0)");
  app.add_option("--script", plain_.scriptPath,
                 "FILE: play input from it, '-' for standard input; see the manual page");
  app.add_flag("--no-chords", noChords_, "give Ctrl+Alt+R, Left, Right and S to the guest");
  app.add_flag("--grab-keyboard", plain_.grabKeyboard,
               "take the window manager's shortcuts for the guest too");
  app.add_option("--font", plain_.font, "FILE: a TrueType font for the kiosk's own words");
  app.add_option("--hint", plain_.hint, "what notices say about where to look for the reason");
  app.add_option("--xenstore", xenstore_,
                 "SOCKET, or \"default\" for where libxenstore looks: publish what is shown in "
                 "data/lucarne/display, warn of a low battery (default: none)");
  app.add_option("--xenstore-readers", xenstoreReaders_,
                 "N,N: domains that may read what is published (default: none)")
      ->delimiter(',');
  app.add_flag("--turn-with-tablet", plain_.turnWithTablet,
               "turn the picture as lucarne-sensors in --xenstore says; --rotate until it does");
  app.add_option("--low-battery", plain_.lowBatteryPercent,
                 "percent at which the kiosk warns of the battery in --xenstore, 0: never "
                 "(default 10)");
  app.add_option("--clipboard", clipboard_,
                 "[GUEST=]none, guest-to-kiosk, kiosk-to-guest or both: whose copied text may pass; "
                 "may be given several times (default: none)")
      ->allow_extra_args(false);
  app.add_option("--clipboard-between", clipboardPairs_,
                 "FROM=TO: text copied in the guest FROM may be pasted in the guest TO; may be given "
                 "several times (default: none)")
      ->allow_extra_args(false);
  app.footer("Chords: Ctrl+Alt+R turns by 90 degrees, Ctrl+Alt+L locks and unlocks turning with the "
             "tablet,\nCtrl+Alt+Left and Right show another guest, Ctrl+Alt+S takes a screenshot.\n"
             "SDL_VIDEODRIVER chooses x11, wayland, kmsdrm or "
             "offscreen.");
}

Settings SettingsParser::settings() const {
  Settings s = plain_;
  const auto rotation = surface::rotationOf(rotate_);
  if (!rotation) {
    throw base::UsageError(fmt::format("--rotate {}: give 0, 90, 180 or 270", rotate_));
  }
  s.rotation = *rotation;
  const auto scale = surface::scaleModeOf(scale_);
  if (!scale) {
    throw base::UsageError(fmt::format("--scale {}: give fit, fill, integer or none", scale_));
  }
  s.scale = *scale;
  if (headless_ && !window_.empty()) {
    throw base::UsageError("--headless and --window: give one of them");
  }
  if (!headless_ && !size_.empty()) {
    throw base::UsageError("--size is the size of a --headless panel; a window has --window WxH");
  }
  if (!window_.empty()) s.window = parseSize("--window", window_);
  if (headless_) s.headless = parseSize("--size", size_.empty() ? "1280x800" : size_);
  s.renderer = parseRenderer(renderer_);
  if (!refresh_.empty()) s.refreshPeriod = parseRefresh(refresh_);
  if (border_ > kMaxBorderPx || border_ < -1) {
    throw base::UsageError(fmt::format("--border {}: give 0 to {} pixels", border_, kMaxBorderPx));
  }
  if (border_ >= 0) s.borderPx = border_;
  s.chords = !noChords_;
  s.importsDmabufs = !noDmabuf_;
  if (resizeGuest_) s.resizeGuest = ResizeGuest::Yes;
  const auto stamp = parseTwo(stamp_, ',');
  if (!stamp || stamp->first < 0 || stamp->second < 0) {
    throw base::UsageError(fmt::format("--stamp {}: give X,Y in the guest's pixels", stamp_));
  }
  s.stampAt = {stamp->first, stamp->second};
  if (!xenstore_.empty()) s.storeAddress = xenstore_ == "default" ? "" : xenstore_;
  if (!s.storeAddress && (s.turnWithTablet || !xenstoreReaders_.empty())) {
    throw base::UsageError("--turn-with-tablet and --xenstore-readers need --xenstore");
  }
  if (s.lowBatteryPercent < 0 || s.lowBatteryPercent > 100) {
    throw base::UsageError(fmt::format("--low-battery {}: give 0 to 100 percent",
                                       s.lowBatteryPercent));
  }
  for (const int domain : xenstoreReaders_) {
    if (domain < 0 || domain > xenstore::kMaxDomainId) {
      throw base::UsageError(fmt::format("--xenstore-readers {}: no number of a domain", domain));
    }
    s.storeReaders.push_back(static_cast<xenstore::DomainId>(domain));
  }
  for (const std::string& rule : clipboard_) {
    const std::size_t equals = rule.rfind('=');
    const std::size_t ways = equals == std::string::npos ? 0 : equals + 1;
    s.clipboard.push_back({rule.substr(0, equals == std::string::npos ? 0 : equals),
                           surface::parseClipboardWays(rule.substr(ways))});
  }
  for (const std::string& pair : clipboardPairs_) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == pair.size()) {
      throw base::UsageError(fmt::format("--clipboard-between {}: give FROM=TO", pair));
    }
    s.clipboardPairs.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
  }
  return s;
}

bool Settings::mayPassBetween(const std::string& from, const std::string& to) const {
  return std::any_of(clipboardPairs.begin(), clipboardPairs.end(), [&](const ClipboardPair& pair) {
    return pair.from == from && pair.to == to;
  });
}

surface::ClipboardWays Settings::clipboardWays(const std::string& guest) const {
  auto ways = surface::ClipboardWays::None;
  for (const ClipboardRule& rule : clipboard) {
    if (rule.guest == guest) return rule.ways;
    if (rule.guest.empty()) ways = rule.ways;
  }
  return ways;
}

}  // namespace lucarne::kiosk
