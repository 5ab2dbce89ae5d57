// SPDX-License-Identifier: Apache-2.0
#include "sensors/table.h"

#include <fmt/format.h>

namespace lucarne::sensors {

namespace {

std::string shown(const Field& field, const Value& value) {
  if (const Unknown* unknown = value.unknown()) return "unknown: " + unknown->reason;
  if (const bool* flag = value.flag()) return *flag ? "yes" : "no";
  std::string text = valueText(field, value);
  if (*field.unit != '\0') text += std::string(" ") + field.unit;
  if (value.origin() == Origin::Estimated) text += " (estimated)";
  return text;
}

}  // namespace

std::string valueLine(const Sensor& sensor, std::size_t index) {
  const Field& field = sensor.row->fields[index];
  return fmt::format("{} {} {}", sensor.key(), field.name, shown(field, sensor.values[index]));
}

std::string sensorTable(const Station& station, Colours colours) {
  const bool colour = colours == Colours::Yes;
  std::string text;
  for (const auto& [key, sensor] : station.sensors()) {
    if (sensor.values.empty()) continue;
    text += fmt::format("{}{}{}  {}\n", colour ? "\x1b[1m" : "", key, colour ? "\x1b[0m" : "",
                        sensor.id == kSummary ? "" : sensor.label);
    for (std::size_t i = 0; i < sensor.values.size(); ++i) {
      const Value& value = sensor.values[i];
      if (value.absent()) continue;
      const bool warn = colour && value.unknown() != nullptr;
      text += fmt::format("  {:<16} {}{}{}\n", sensor.row->fields[i].name, warn ? "\x1b[33m" : "",
                          shown(sensor.row->fields[i], value), warn ? "\x1b[0m" : "");
    }
  }
  return text;
}

}  // namespace lucarne::sensors
