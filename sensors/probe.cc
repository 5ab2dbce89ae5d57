// SPDX-License-Identifier: Apache-2.0
#include "sensors/probe.h"

#include <algorithm>
#include <cassert>

namespace lucarne::sensors {

std::string Sensor::key() const { return std::string(row->kind) + "/" + id; }

std::string Sensor::reasons() const {
  std::vector<std::string> seen;
  std::string all;
  for (const Value& value : values) {
    const Unknown* unknown = value.unknown();
    if (!unknown || std::find(seen.begin(), seen.end(), unknown->reason) != seen.end()) continue;
    seen.push_back(unknown->reason);
    all += (all.empty() ? "" : "; ") + unknown->reason;
  }
  return all;
}

bool Sensor::known() const {
  return std::any_of(values.begin(), values.end(), [](const Value& v) { return v.known(); });
}

const Value& Sensor::value(std::string_view field) const {
  static const Value kAbsent;
  const int index = fieldIndex(*row, field);
  return index < 0 || values.size() <= static_cast<std::size_t>(index)
             ? kAbsent
             : values[static_cast<std::size_t>(index)];
}

int fieldIndex(const ProbeRow& row, std::string_view name) {
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (row.fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

std::vector<Value> allUnknown(const ProbeRow& row, const std::string& reason,
                              const std::vector<Value>& before) {
  std::vector<Value> values(row.fields.size(), Value(Unknown{reason}));
  for (std::size_t i = 0; i < before.size() && i < values.size(); ++i) {
    if (before[i].absent()) values[i] = Value();
  }
  return values;
}

std::vector<Value> firstKnown(std::span<const Sensor* const> devices) {
  assert(!devices.empty());
  for (const Sensor* device : devices) {
    if (device->known()) return device->values;
  }
  return devices.front()->values;
}

}  // namespace lucarne::sensors
