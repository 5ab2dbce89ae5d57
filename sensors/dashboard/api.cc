// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/api.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "sensors/dashboard/state_json.h"
#include "sensors/outlets/neighbour_view.h"

namespace lucarne::sensors {

namespace {

constexpr std::string_view kRoot = "/api/v1/";
constexpr std::string_view kSensors = "sensors/";

HttpResponse ok(const nlohmann::json& json) {
  HttpResponse response;
  response.body = dumpLine(json) + "\n";
  return response;
}

// Absent: `otherwise`; malformed or out of range: nothing.
std::optional<std::int64_t> integer(const HttpRequest& untrusted, const char* name,
                                    std::int64_t otherwise, std::int64_t least,
                                    std::int64_t most) {
  const auto found = untrusted.query.find(name);
  if (found == untrusted.query.end()) return otherwise;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text, char separator, std::size_t most) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size() && parts.size() <= most;) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// A flat object with at most one member of a kind; nothing when it is no JSON object.
std::optional<nlohmann::json> parseObject(const std::string& untrusted) {
  // Depth is bounded by the body's size limit; nlohmann parses without recursion.
  auto json = nlohmann::json::parse(untrusted, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

const char* modeWord(AutoBrightness::Mode mode) {
  switch (mode) {
    case AutoBrightness::Mode::Off:
      return "off";
    case AutoBrightness::Mode::Automatic:
      return "automatic";
    case AutoBrightness::Mode::Held:
      return "held";
  }
  return "off";
}

nlohmann::json columnsJson(const ChartSeries& series, const std::vector<std::string>& words) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Bucket& b : series.buckets) {
    if (b.count == 0) {
      rows.push_back({b.at, nullptr});
    } else if (series.of == SeriesOf::Words) {
      const auto index = static_cast<std::size_t>(std::max(b.last, 0.0));
      rows.push_back({b.at, index < words.size() ? words[index] : "other"});
    } else {
      // Four digits behind the point are more than any resolution; the mean has sixteen.
      const double mean = std::round(b.mean * 1e4) / 1e4;
      rows.push_back({b.at, mean, b.least, b.most});
    }
  }
  return rows;
}

}  // namespace

Access Api::accessFor(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD" ? Access::Read : Access::Write;
}

std::string Api::state() const {
  nlohmann::json json;
  json["time"] = sources_.wall.nowMs();
  json["sensors"] = sensorsJson(sources_.station);
  const AutoBrightness& brightness = sources_.controls.brightness();
  json["controls"] = {{"brightness", modeWord(brightness.mode())},
                      {"brightness_trouble", brightness.trouble()},
                      {"rotation_locked", sources_.controls.rotationLocked()}};
  json["outlets"] = sources_.outlets ? sources_.outlets() : nlohmann::json::object();
  json["programs"] = nlohmann::json::object();
  if (sources_.neighbours) {
    for (const auto& [path, value] : sources_.neighbours->values()) json["programs"][path] = value;
  }
  return dumpLine(json);
}

void Api::answer(const HttpRequest& untrusted, const Respond& respond) const {
  if (!std::string_view(untrusted.path).starts_with(kRoot)) {
    return respond(HttpResponse::error(404, "there is nothing here"));
  }
  const std::string what = untrusted.path.substr(kRoot.size());
  const bool read = accessFor(untrusted) == Access::Read;
  const bool known = what == "state" || what == "sensors" || what == "history" ||
                     what == "backlight" || what == "rotation" || what.starts_with(kSensors);
  if (!known) return respond(HttpResponse::error(404, "there is nothing here"));
  const bool writable = what == "backlight" || what == "rotation";
  if (writable == read || (!read && untrusted.method != "POST")) {
    auto refusal = HttpResponse::error(405, "this method is not for this address");
    refusal.headers.emplace_back("Allow", writable ? "POST" : "GET, HEAD");
    return respond(std::move(refusal));
  }
  if (what == "state") {
    HttpResponse response;
    response.body = state() + "\n";
    return respond(std::move(response));
  }
  if (what == "sensors") return respond(ok(sensorsJson(sources_.station)));
  if (what == "history") return history(untrusted, respond);
  if (what == "backlight") return respond(setBacklight(untrusted.body));
  if (what == "rotation") return respond(setRotation(untrusted.body));
  respond(sensor(what.substr(kSensors.size())));
}

HttpResponse Api::sensor(const std::string& key) const {
  const auto found = sources_.station.sensors().find(key);
  if (found == sources_.station.sensors().end()) {
    return HttpResponse::error(404, "no such sensor");
  }
  return ok(sensorJson(found->second));
}

void Api::history(const HttpRequest& untrusted, const Respond& respond) const {
  if (!sources_.history) return respond(HttpResponse::error(404, "no history is kept"));
  const WallMs now = sources_.wall.nowMs();
  const auto hours = integer(untrusted, "hours", 1, 1, kMaxSpanMs / 3'600'000);
  const auto to = integer(untrusted, "to", now, 0, now + kMaxSpanMs);
  const auto from = integer(untrusted, "from", to.value_or(0) - hours.value_or(1) * 3'600'000,
                            -kMaxSpanMs, now + kMaxSpanMs);
  const auto points = integer(untrusted, "points", 600, 1, HistoryStore::kMaxBuckets);
  if (!hours || !to || !from || !points || *from >= *to || *to - *from > kMaxSpanMs) {
    return respond(HttpResponse::error(400, "hours, from, to or points is out of range"));
  }
  const auto keys = untrusted.query.find("keys");
  ChartOrder order{.keys = {}, .from = *from, .to = *to, .buckets = static_cast<int>(*points)};
  if (keys != untrusted.query.end()) order.keys = split(keys->second, ',', kMaxKeys);
  if (order.keys.empty() || order.keys.size() > kMaxKeys) {
    return respond(HttpResponse::error(400, "keys must name 1 to 16 series"));
  }
  sources_.history->chart(order, [respond, order](base::Result<Chart> chart) {
    if (!chart) return respond(HttpResponse::error(503, "the history cannot be read"));
    nlohmann::json series = nlohmann::json::object();
    for (const auto& [key, one] : chart->series) series[key] = columnsJson(one, chart->words);
    respond(ok({{"from", order.from},
                {"to", order.to},
                {"columns", {"time", "mean", "least", "most"}},
                {"series", std::move(series)}}));
  });
}

HttpResponse Api::setBacklight(const std::string& untrustedBody) const {
  const auto json = parseObject(untrustedBody);
  if (json && json->size() == 1 && json->contains("automatic") && (*json)["automatic"].is_boolean()) {
    sources_.controls.brightness().setAutomatic((*json)["automatic"].get<bool>());
    return ok({{"ok", true}});
  }
  if (json && json->size() == 1 && json->contains("percent") && (*json)["percent"].is_number()) {
    const double percent = (*json)["percent"].get<double>();
    if (percent >= 0 && percent <= 100) {
      if (sources_.controls.brightness().set(percent)) return ok({{"ok", true}});
      return HttpResponse::error(409, "no backlight found");
    }
  }
  return HttpResponse::error(400, R"(want {"percent": 0 to 100} or {"automatic": true or false})");
}

HttpResponse Api::setRotation(const std::string& untrustedBody) const {
  const auto json = parseObject(untrustedBody);
  if (!json || json->size() != 1 || !json->contains("locked") || !(*json)["locked"].is_boolean()) {
    return HttpResponse::error(400, R"(want {"locked": true or false})");
  }
  sources_.controls.lockRotation((*json)["locked"].get<bool>());
  return ok({{"ok", true}});
}

}  // namespace lucarne::sensors
