// SPDX-License-Identifier: Apache-2.0
// What the command line of lucarne-kiosk says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "surface/clipboard.h"
#include "surface/geometry.h"
#include "surface/placement.h"
#include "xenstore/permissions.h"

namespace CLI {
class App;
}

namespace lucarne::kiosk {

/// One guest's clipboard: which way it may pass.
struct ClipboardRule {
  std::string guest;  ///< empty: every guest without a rule of its own
  surface::ClipboardWays ways = surface::ClipboardWays::None;
};

/// One direction in which text that was copied in a guest may be pasted in another.
struct ClipboardPair {
  std::string from;
  std::string to;
};

enum class RendererChoice { Auto, Software, OpenGl, OpenGlEs };

/// Whether the kiosk asks guests for the size of the panel.
enum class ResizeGuest { No, Yes };

struct Settings {
  surface::Rotation rotation = surface::Rotation::Deg0;
  surface::ScaleMode scale = surface::ScaleMode::Fit;
  std::optional<surface::Size> window;    ///< nothing: full screen
  std::optional<surface::Size> headless;  ///< something: no display at all
  RendererChoice renderer = RendererChoice::Auto;
  std::optional<base::Duration> refreshPeriod;  ///< nothing: the panel's; zero: as pictures come
  ResizeGuest resizeGuest = ResizeGuest::No;
  std::optional<int> borderPx;  ///< nothing: none with one guest, kBorderPx with several
  bool chords = true;
  bool importsDmabufs = true;  ///< where the output can
  bool list = false;           ///< say what the machine has and end
  bool grabKeyboard = false;
  std::string socketPath;  ///< empty: surface::kioskSocketPath()
  std::string screenshotPath;
  std::string statsPath;
  std::string scriptPath;
  std::string preferredGuest;  ///< empty: none
  std::string font;  ///< empty: the first one found
  std::string hint;
  surface::GuestPoint stampAt;
  std::optional<std::string> storeAddress;  ///< of XenStore; nothing: none; empty: as libxenstore
  std::vector<xenstore::DomainId> storeReaders;
  bool turnWithTablet = false;
  int lowBatteryPercent = 10;  ///< 0: never low
  std::vector<ClipboardRule> clipboard;
  std::vector<ClipboardPair> clipboardPairs;

  surface::ClipboardWays clipboardWays(const std::string& guest) const;
  bool mayPassBetween(const std::string& from, const std::string& to) const;
};

/// The options as they were typed; `settings` checks them once parsing is over.
class SettingsParser {
 public:
  /// Declares the options. The parser must live until `settings` has been called.
  explicit SettingsParser(CLI::App& app);
  /// Throws UsageError.
  Settings settings() const;

 private:
  int rotate_ = 0;
  std::string scale_ = "fit";
  std::string window_;
  bool headless_ = false;
  std::string size_;
  std::string renderer_ = "auto";
  std::string refresh_;
  int border_ = -1;
  bool noChords_ = false;
  bool noDmabuf_ = false;
  bool resizeGuest_ = false;
  std::string stamp_ = "0,0";
  std::string xenstore_;
  std::vector<int> xenstoreReaders_;
  std::vector<std::string> clipboard_;
  std::vector<std::string> clipboardPairs_;
  Settings plain_;
};

}  // namespace lucarne::kiosk
