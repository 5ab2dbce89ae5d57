// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/mqtt_messages.h"

#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sensors/dashboard/state_json.h"

namespace lucarne::sensors {

namespace {

std::string cleanName(const std::string& name) {
  std::string clean;
  for (const char c : name.substr(0, 64)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    clean.push_back(plain ? c : '-');
  }
  return clean.empty() ? "tablet" : clean;
}

}  // namespace

MqttNames mqttNames(const MqttSettings& settings, const std::string& hostName) {
  MqttNames names;
  names.device = cleanName(settings.device.empty() ? hostName : settings.device);
  names.root = settings.prefix + "/" + names.device;
  names.discovery = settings.discovery;
  return names;
}

std::string sensorMessage(const Sensor& sensor, WallMs now) {
  nlohmann::json json = sensorJson(sensor);
  json["time"] = isoTime(now);
  return dumpLine(json);
}

std::string batchMessage(const Batch& batch) {
  nlohmann::json series = nlohmann::json::object();
  for (const auto& [key, one] : batch.series) {
    nlohmann::json points = nlohmann::json::array();
    for (const Point& point : one.points) {
      if (!point.value) {
        points.push_back({point.at, nullptr});
      } else if (one.of == SeriesOf::Words) {
        const auto index = static_cast<std::size_t>(*point.value);
        points.push_back({point.at, index < batch.words.size() ? batch.words[index] : "other"});
      } else {
        points.push_back({point.at, *point.value});
      }
    }
    series[key] = std::move(points);
  }
  return dumpLine({{"seq", batch.seq}, {"series", std::move(series)}});
}

std::vector<std::pair<std::string, std::string>> discoveryMessages(const MqttNames& names,
                                                                   const Sensor& sensor) {
  std::vector<std::pair<std::string, std::string>> messages;
  if (names.discovery.empty()) return messages;
  for (std::size_t i = 0; i < sensor.values.size(); ++i) {
    const Field& field = sensor.row->fields[i];
    if (sensor.values[i].absent()) continue;
    const bool flag = field.kind == FieldKind::Flag;
    const std::string object = fmt::format("{}_{}_{}", sensor.row->kind, sensor.id, field.name);
    nlohmann::json config = {
        {"name", field.label},
        {"unique_id", fmt::format("lucarne_{}_{}", names.device, object)},
        {"state_topic", names.sensor(sensor)},
        {"value_template", fmt::format("{{{{ value_json['values']['{}']['value'] | default(None) }}}}",
                                       field.name)},
        {"availability_topic", names.status()},
        {"device",
         {{"identifiers", {fmt::format("lucarne_{}", names.device)}},
          {"name", names.device},
          {"manufacturer", "Lucarne"}}}};
    if (*field.unit != '\0') config["unit_of_measurement"] = field.unit;
    if (field.deviceClass) config["device_class"] = field.deviceClass;
    if (flag) {
      config["payload_on"] = "True";
      config["payload_off"] = "False";
    } else if (field.kind == FieldKind::Number) {
      config["state_class"] = "measurement";
    }
    messages.emplace_back(fmt::format("{}/{}/{}/{}/config", names.discovery,
                                      flag ? "binary_sensor" : "sensor", names.device, object),
                          dumpLine(config));
  }
  return messages;
}

}  // namespace lucarne::sensors
