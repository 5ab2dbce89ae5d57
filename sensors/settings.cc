// SPDX-License-Identifier: Apache-2.0
#include "sensors/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/result.h"
#include "sensors/probe.h"
#include "sensors/toml_reader.h"

namespace lucarne::sensors {

namespace {

void readProbes(TomlReader file, Settings& settings) {
  for (const ProbeRow* row : probeRows()) {
    if (!file.flag(row->kind, true)) settings.without.emplace_back(row->kind);
  }
  file.done();
}

void readXenStore(TomlReader file, XenStoreSettings& s) {
  s.enable = file.flag("enable", s.enable);
  s.address = file.text("address", s.address);
  s.base = file.text("base", s.base);
  s.readers = file.integers("readers", s.readers, 0, 0x7fef);
  s.heartbeatSeconds = file.integer("heartbeat_seconds", s.heartbeatSeconds, 1, 3600);
  if (s.base.empty() || s.base.front() == '/' || s.base.back() == '/') {
    file.refuse("base", "must be a path below the domain's home, without a slash at its ends");
  }
  file.done();
}

void readHistory(TomlReader file, HistorySettings& s) {
  s.enable = file.flag("enable", s.enable);
  s.path = file.text("path", s.path);
  s.batchSeconds = file.integer("batch_seconds", s.batchSeconds, 1, 3600);
  s.retentionDays = file.integer("retention_days", s.retentionDays, 1, 3650);
  s.maxMegabytes = file.integer("max_megabytes", s.maxMegabytes, 1, 100'000);
  s.devices = file.flag("devices", s.devices);
  file.done();
}

void readHttp(TomlReader file, HttpSettings& s) {
  s.enable = file.flag("enable", s.enable);
  s.listen = file.text("listen", s.listen);
  s.tokenFile = file.text("token_file", s.tokenFile);
  s.hosts = file.texts("hosts", s.hosts);
  s.metrics = file.flag("metrics", s.metrics);
  file.done();
}

void readMqtt(TomlReader file, MqttSettings& s) {
  s.host = file.text("host", s.host);
  s.caFile = file.text("ca_file", s.caFile);
  s.port = file.integer("port", s.caFile.empty() ? 1883 : 8883, 1, 65535);
  s.device = file.text("device", s.device);
  s.prefix = file.text("prefix", s.prefix);
  s.discovery = file.text("discovery", s.discovery);
  s.user = file.text("user", s.user);
  s.passwordFile = file.text("password_file", s.passwordFile);
  s.certificateFile = file.text("certificate_file", s.certificateFile);
  s.keyFile = file.text("key_file", s.keyFile);
  s.backlog = file.flag("backlog", s.backlog);
  s.keepAliveSeconds = file.integer("keep_alive_seconds", s.keepAliveSeconds, 5, 3600);
  for (const auto& [key, topic] : {std::pair{"prefix", &s.prefix}, {"discovery", &s.discovery},
                                   {"device", &s.device}}) {
    if (topic->find_first_of("+#") != std::string::npos || topic->starts_with("/")) {
      file.refuse(key, "must be a part of a topic, without + and #");
    }
  }
  if (s.device.find('/') != std::string::npos) file.refuse("device", "must not hold a slash");
  if (s.prefix.empty()) file.refuse("prefix", "must not be empty");
  if (s.certificateFile.empty() != s.keyFile.empty()) {
    file.refuse("key_file", "and certificate_file belong together");
  }
  file.done();
}

void readBacklight(TomlReader file, BacklightSettings& s) {
  s.automatic = file.flag("automatic", s.automatic);
  s.curve = file.points("curve", s.curve);
  s.leastPercent = file.number("least_percent", s.leastPercent, 0, 100);
  s.holdMinutes = file.integer("hold_minutes", s.holdMinutes, 0, 100'000);
  if (s.curve.size() < 2 || s.curve.size() > 64) file.refuse("curve", "must have 2 to 64 points");
  for (std::size_t i = 0; i < s.curve.size(); ++i) {
    const auto [lux, percent] = s.curve[i];
    if (lux < 0 || percent < 0 || percent > 100 || (i > 0 && lux <= s.curve[i - 1].first)) {
      file.refuse("curve", "must have ascending lux and percents between 0 and 100");
    }
  }
  file.done();
}

}  // namespace

Settings parseSettings(std::string_view text, const std::string& name) {
  TomlReader file = TomlReader::parse(text, name);
  Settings settings;
  settings.sysfs = file.text("sysfs", settings.sysfs);
  settings.rotationLock = file.flag("rotation_lock", settings.rotationLock);
  settings.jsonLines = file.flag("json_lines", settings.jsonLines);
  readProbes(file.table("probes"), settings);
  readXenStore(file.table("xenstore"), settings.xenstore);
  readHistory(file.table("history"), settings.history);
  readHttp(file.table("http"), settings.http);
  readMqtt(file.table("mqtt"), settings.mqtt);
  readBacklight(file.table("backlight"), settings.backlight);
  file.done();
  return settings;
}

Settings readSettings(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw base::SetupError(fmt::format("open configuration {}: {}", path, std::strerror(errno)));
  }
  // One more than TomlReader takes, so that it refuses what is too long.
  std::string text(TomlReader::kMaxText + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw base::SetupError(fmt::format("read configuration {}: failed", path));
  return parseSettings(text, path);
}

std::string defaultStateDir() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  std::string dir = set("LUCARNE_STATE_DIR");
  if (dir.empty() && ::geteuid() == 0) dir = "/var/lib/lucarne";
  if (dir.empty() && !set("XDG_STATE_HOME").empty()) dir = set("XDG_STATE_HOME") + "/lucarne";
  if (dir.empty() && !set("HOME").empty()) dir = set("HOME") + "/.local/state/lucarne";
  if (dir.empty()) throw base::SetupError("no place for the history: set LUCARNE_STATE_DIR");
  const std::filesystem::path parent = std::filesystem::path(dir).parent_path();
  std::error_code ignored;  // mkdir below tells what is wrong
  if (!parent.empty()) std::filesystem::create_directories(parent, ignored);
  if (::mkdir(dir.c_str(), 0700) < 0 && errno != EEXIST) {
    throw base::SetupError(fmt::format("make folder {}: {}; set LUCARNE_STATE_DIR or history.path",
                                       dir, std::strerror(errno)));
  }
  return dir;
}

std::string readSecret(const std::string& path) {
  struct stat info {};
  std::ifstream in(path);
  if (!in || ::stat(path.c_str(), &info) < 0) {
    throw base::SetupError(fmt::format("open secret {}: {}", path, std::strerror(errno)));
  }
  if ((info.st_mode & 0077) != 0) {
    throw base::SetupError(fmt::format("secret {} can be read by others; chmod 600 it", path));
  }
  std::string secret;
  std::getline(in, secret);
  if (secret.empty()) throw base::SetupError(fmt::format("secret {} is empty", path));
  return secret;
}

}  // namespace lucarne::sensors
