// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/metrics.h"

#include <sstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace lucarne::sensors {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr const char* kStatuses[] = {"charging", "discharging", "not-charging", "full"};

class Families {
 public:
  void add(const std::string& name, const std::string& help,
           std::vector<ClientMetric::Label> labels, double value,
           MetricType type = MetricType::Gauge) {
    MetricFamily& family = families_[name];
    family.name = name;
    family.help = help;
    family.type = type;
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    metric.counter.value = value;
    family.metric.push_back(std::move(metric));
  }

  std::string text() const {
    std::vector<MetricFamily> all;
    for (const auto& [name, family] : families_) all.push_back(family);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, all);
    return out.str();
  }

 private:
  std::map<std::string, MetricFamily> families_;
};

void addSensor(Families& families, const Sensor& sensor) {
  families.add("lucarne_sensors_known", "Whether the sensor can be read; 0 is unknown.",
               {{"kind", sensor.row->kind}, {"device", sensor.id}}, sensor.known() ? 1 : 0);
  if (sensor.id == kSummary) return;
  for (std::size_t i = 0; i < sensor.values.size(); ++i) {
    const Field& field = sensor.row->fields[i];
    const Value& value = sensor.values[i];
    if (!field.metric.suffix || !value.known()) continue;
    const std::string name =
        fmt::format("lucarne_sensors_{}_{}", sensor.row->kind, field.metric.suffix);
    const ClientMetric::Label device{"device", sensor.id};
    if (const std::string* word = value.word()) {
      for (const char* status : kStatuses) {
        families.add(name, field.metric.help, {device, {"status", status}}, *word == status ? 1 : 0);
      }
      continue;
    }
    const double number = value.number() ? *value.number() : (*value.flag() ? 1.0 : 0.0);
    families.add(name, field.metric.help, {device}, number * field.metric.factor);
  }
}

struct DisplayMetric {
  std::string_view leaf;
  const char* name;
  const char* help;
  double factor;
};

constexpr DisplayMetric kDisplay[] = {
    {"fps", "lucarne_display_frames_per_second", "Frames shown per second.", 1},
    {"latency-us", "lucarne_display_latency_seconds", "Drawn to shown.", 1e-6},
    {"connected", "lucarne_display_connected", "Whether the guest's screen is connected.", 1},
};

// data/lucarne/display/GUEST/LEAF
void addDisplay(Families& families, const std::string& path, const std::string& untrustedValue) {
  constexpr std::string_view kRoot = "data/lucarne/display/";
  if (!std::string_view(path).starts_with(kRoot)) return;
  const std::string_view rest = std::string_view(path).substr(kRoot.size());
  const auto slash = rest.rfind('/');
  if (slash == std::string_view::npos) return;
  const auto number = parseNumber(untrustedValue);
  if (!number) return;
  for (const DisplayMetric& metric : kDisplay) {
    if (rest.substr(slash + 1) != metric.leaf) continue;
    families.add(metric.name, metric.help, {{"guest", std::string(rest.substr(0, slash))}},
                 *number * metric.factor);
  }
}

}  // namespace

std::string metricsText(const Station& station,
                        const std::map<std::string, std::string>& neighbours,
                        const OwnGauges& own) {
  Families families;
  for (const auto& [key, sensor] : station.sensors()) addSensor(families, sensor);
  for (const auto& [path, value] : neighbours) addDisplay(families, path, value);
  for (const auto& [name, value] : own) {
    const bool counter = std::string_view(name).ends_with("_total");
    families.add("lucarne_sensors_" + name, "lucarne-sensors itself: " + name + ".", {}, value,
                 counter ? MetricType::Counter : MetricType::Gauge);
  }
  return families.text();
}

}  // namespace lucarne::sensors
