// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/state_json.h"

#include <nlohmann/json.hpp>

namespace lucarne::sensors {

nlohmann::json valueJson(const Field& field, const Value& value) {
  nlohmann::json json;
  if (const Unknown* unknown = value.unknown()) {
    json["unknown"] = unknown->reason;
    return json;
  }
  if (const double* number = value.number()) json["value"] = rounded(field, *number);
  if (const bool* flag = value.flag()) json["value"] = *flag;
  if (const std::string* word = value.word()) json["value"] = *word;
  if (*field.unit != '\0') json["unit"] = field.unit;
  if (value.origin() == Origin::Estimated) json["estimated"] = true;
  return json;
}

nlohmann::json sensorJson(const Sensor& sensor) {
  nlohmann::json values = nlohmann::json::object();
  for (std::size_t i = 0; i < sensor.values.size(); ++i) {
    const Field& field = sensor.row->fields[i];
    if (!sensor.values[i].absent()) values[field.name] = valueJson(field, sensor.values[i]);
  }
  return {{"kind", sensor.row->kind}, {"label", sensor.label}, {"values", std::move(values)}};
}

nlohmann::json sensorsJson(const Station& station) {
  nlohmann::json sensors = nlohmann::json::object();
  for (const auto& [key, sensor] : station.sensors()) sensors[key] = sensorJson(sensor);
  return sensors;
}

std::string dumpLine(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace lucarne::sensors
