// SPDX-License-Identifier: Apache-2.0
// What the command line of lucarne-demo says.
#pragma once

#include <string>

#include "surface/geometry.h"
#include "surface/rotation.h"

namespace CLI {
class App;
}

namespace lucarne::demo {

enum class Panel { Window, Headless };

struct Settings {
  Panel panel = Panel::Headless;
  surface::Rotation rotation = surface::Rotation::Deg90;
  int seconds = 0;           ///< measured time; 0: until the window is closed or Ctrl+C
  std::string rate;          ///< of the line, as bench::parseRate takes it
  double latencyMs = 0;      ///< of the line, one way
  std::string vnc;           ///< HOST:PORT of the user's own guest; empty: ours
  std::string passwordFile;  ///< for `vnc`; empty: none
  std::string screenshot;    ///< file for a PNG of the panel; empty: none
  std::string json;          ///< file for the figures; empty: none
  bool sensors = false;      ///< a simulated tablet's sensors and their dashboard beside it
  std::string pageScreenshot;  ///< file for a PNG of the dashboard; empty: none
};

class SettingsParser {
 public:
  /// Declares the options. The parser must live until `settings` has been called.
  explicit SettingsParser(CLI::App& app);
  /// Throws UsageError.
  Settings settings() const;

 private:
  Settings plain_;
  int rotate_ = 90;
  int seconds_ = -1;
  bool headless_ = false;
};

}  // namespace lucarne::demo
