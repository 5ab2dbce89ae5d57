// SPDX-License-Identifier: Apache-2.0
// What the configuration file says (docs/sensors.md lists every key). Defaults are those of a tablet
// that nobody configured: probes on, XenStore and the dashboard on loopback, history kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace lucarne::sensors {

/// Lux and the brightness percent that reads well in it, ascending.
using LightCurve = std::vector<std::pair<double, double>>;

struct XenStoreSettings {
  bool enable = true;
  std::string address;  ///< empty: as libxenstore finds it
  std::string base = "data/lucarne/sensors";
  std::vector<std::int64_t> readers;  ///< domain numbers; nobody by default
  std::int64_t heartbeatSeconds = 10;
};

struct HistorySettings {
  bool enable = true;
  std::string path;  ///< empty: STATE/history.db, see defaultStateDir
  std::int64_t batchSeconds = 60;
  std::int64_t retentionDays = 30;
  std::int64_t maxMegabytes = 50;
  bool devices = false;  ///< every device, not only the summaries
};

struct HttpSettings {
  bool enable = true;
  std::string listen = "127.0.0.1:9478";
  std::string tokenFile;           ///< empty: no token, loopback only and read only
  std::vector<std::string> hosts;  ///< names, beside the loopback's, by which it may be called
  bool metrics = true;             ///< /metrics
};

struct MqttSettings {
  std::string host;  ///< empty: off
  std::int64_t port = 1883;
  std::string device;  ///< empty: the host's name
  std::string prefix = "lucarne";
  std::string discovery = "homeassistant";  ///< empty: none
  std::string user;
  std::string passwordFile;
  std::string caFile;  ///< not empty: TLS
  std::string certificateFile;
  std::string keyFile;
  bool backlog = true;  ///< send the history's batches too, those of an outage afterwards
  std::int64_t keepAliveSeconds = 30;
};

struct BacklightSettings {
  bool automatic = false;
  LightCurve curve = {{0, 8}, {10, 20}, {100, 40}, {1000, 75}, {10000, 100}};
  double leastPercent = 5;
  std::int64_t holdMinutes = 60;  ///< how long a manual setting holds; 0: until it is released
};

struct Settings {
  std::string sysfs = "/sys";
  std::vector<std::string> without;  ///< kinds of probes that are off
  bool rotationLock = false;
  bool jsonLines = false;  ///< on standard output
  XenStoreSettings xenstore;
  HistorySettings history;
  HttpSettings http;
  MqttSettings mqtt;
  BacklightSettings backlight;
};

/// Throws SetupError, "FILE:LINE: why".
Settings readSettings(const std::string& path);
Settings parseSettings(std::string_view text, const std::string& name);

/// $LUCARNE_STATE_DIR, else /var/lib/lucarne for root, else $XDG_STATE_HOME/lucarne, else
/// ~/.local/state/lucarne. Created with mode 0700 when missing. Throws SetupError.
std::string defaultStateDir();

/// The first line of a file that only its owner may read. Throws SetupError when it is missing,
/// empty or readable by others.
std::string readSecret(const std::string& path);

}  // namespace lucarne::sensors
