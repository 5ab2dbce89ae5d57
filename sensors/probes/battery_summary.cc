// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sensors/probes/battery.h"

namespace lucarne::sensors {

namespace {

constexpr Field kFields[kBatteryFields] = {
    {.name = "percent",
     .kind = FieldKind::Number,
     .unit = "%",
     .label = "Charge",
     .deadBand = 0.5,
     .resolution = 0.1,
     .keep = Keep::History,
     .metric = {"charge_ratio", 0.01, "Charge of the battery, 1 is full."},
     .deviceClass = "battery"},
    {.name = "status",
     .kind = FieldKind::Word,
     .unit = "",
     .label = "Status",
     .keep = Keep::History,
     .metric = {"status", 1, "What the battery does: 1 for the status it has."}},
    {.name = "energy",
     .kind = FieldKind::Number,
     .unit = "Wh",
     .label = "Energy",
     .deadBand = 0.1,
     .resolution = 0.01,
     .metric = {"energy_joules", 3600, "Energy in the battery."},
     .deviceClass = "energy_storage"},
    {.name = "energy_full",
     .kind = FieldKind::Number,
     .unit = "Wh",
     .label = "Energy when full",
     .deadBand = 0.1,
     .resolution = 0.01,
     .metric = {"energy_full_joules", 3600, "Energy in the battery when it is full."},
     .deviceClass = "energy_storage"},
    {.name = "power",
     .kind = FieldKind::Number,
     .unit = "W",
     .label = "Power",
     .deadBand = 0.2,
     .deadBandRatio = 0.05,
     .resolution = 0.01,
     .keep = Keep::History,
     .metric = {"power_watts", 1, "Power into the battery, negative out of it."},
     .deviceClass = "power"},
    {.name = "voltage",
     .kind = FieldKind::Number,
     .unit = "V",
     .label = "Voltage",
     .deadBand = 0.02,
     .resolution = 0.001,
     .keep = Keep::History,
     .metric = {"voltage_volts", 1, "Voltage of the battery."},
     .deviceClass = "voltage"},
    {.name = "temperature",
     .kind = FieldKind::Number,
     .unit = "°C",
     .label = "Battery temperature",
     .deadBand = 0.5,
     .resolution = 0.1,
     .keep = Keep::History,
     .metric = {"temperature_celsius", 1, "Temperature of the battery."},
     .deviceClass = "temperature"},
    {.name = "cycles",
     .kind = FieldKind::Number,
     .unit = "",
     .label = "Charge cycles",
     .resolution = 1,
     .metric = {"cycles", 1, "Charge cycles of the battery's life so far."}},
    {.name = "health", .kind = FieldKind::Word, .unit = "", .label = "Health"},
    {.name = "condition",
     .kind = FieldKind::Number,
     .unit = "%",
     .label = "Capacity left of the design",
     .deadBand = 0.5,
     .resolution = 0.1,
     .metric = {"condition_ratio", 0.01, "Full charge over designed full charge."}},
    {.name = "time_to_empty",
     .kind = FieldKind::Number,
     .unit = "s",
     .label = "Time until empty",
     .deadBand = 60,
     .deadBandRatio = 0.03,
     .resolution = 1,
     .metric = {"time_to_empty_seconds", 1, "Time until the battery is empty, while it discharges."},
     .deviceClass = "duration"},
    {.name = "time_to_full",
     .kind = FieldKind::Number,
     .unit = "s",
     .label = "Time until full",
     .deadBand = 60,
     .deadBandRatio = 0.03,
     .resolution = 1,
     .metric = {"time_to_full_seconds", 1, "Time until the battery is full, while it charges."},
     .deviceClass = "duration"},
};

// The sum, if every battery that has the quantity knows it.
Value sum(std::span<const Sensor* const> batteries, const char* field) {
  double total = 0;
  Origin origin = Origin::Measured;
  bool any = false;
  for (const Sensor* battery : batteries) {
    const Value& one = battery->value(field);
    if (one.unknown()) return one;
    if (!one.number()) continue;
    any = true;
    total += *one.number();
    if (one.origin() == Origin::Estimated) origin = Origin::Estimated;
  }
  return any ? Value(total, origin) : Value();
}

Value percentOfAll(std::span<const Sensor* const> batteries, const BatteryValues& all) {
  if (all.energy.number() && all.energyFull.number() && *all.energyFull.number() > 0) {
    return Value(std::clamp(*all.energy.number() / *all.energyFull.number() * 100, 0.0, 100.0));
  }
  double total = 0;
  int count = 0;
  for (const Sensor* battery : batteries) {
    const double* percent = battery->value("percent").number();
    if (!percent) continue;
    total += *percent;
    ++count;
  }
  if (count == 0) return batteries.front()->value("percent");
  return Value(total / count, Origin::Estimated);
}

Value statusOfAll(std::span<const Sensor* const> batteries) {
  // In this order: what one of them does is what all together do.
  for (const char* word : {"charging", "discharging", "not-charging", "full"}) {
    for (const Sensor* battery : batteries) {
      const std::string* status = battery->value("status").word();
      if (status && *status == word) return *status;
    }
  }
  return batteries.front()->value("status");
}

Value secondsFor(double wattHours, const Value& watts) {
  if (!watts.number()) return watts.absent() ? Value() : watts;
  const double size = std::abs(*watts.number());
  if (size < 0.01) return Unknown{"time left: next to no power flows"};
  return Value(wattHours / size * 3600, Origin::Estimated);
}

}  // namespace

BatteryValues BatteryValues::of(const std::vector<Value>& v) {
  if (v.size() != kBatteryFields) return {};
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]};
}

std::vector<Value> BatteryValues::toVector() const {
  return {percent, status, energy, energyFull, power,       voltage,
          temperature, cycles, health, condition, timeToEmpty, timeToFull};
}

const char* chargeStatusWord(ChargeStatus status) {
  switch (status) {
    case ChargeStatus::Charging:
      return "charging";
    case ChargeStatus::Discharging:
      return "discharging";
    case ChargeStatus::NotCharging:
      return "not-charging";
    case ChargeStatus::Full:
      return "full";
    case ChargeStatus::Unknown:
      break;
  }
  return "unknown";
}

std::span<const Field> batteryFields() { return kFields; }

std::vector<Value> summariseBatteries(std::span<const Sensor* const> batteries) {
  if (batteries.size() == 1) return batteries.front()->values;
  BatteryValues all;
  all.energy = sum(batteries, "energy");
  all.energyFull = sum(batteries, "energy_full");
  all.power = sum(batteries, "power");
  all.percent = percentOfAll(batteries, all);
  all.status = statusOfAll(batteries);
  const std::string* status = all.status.word();
  const double* energy = all.energy.number();
  const double* full = all.energyFull.number();
  if (status && *status == "discharging") {
    all.timeToEmpty = energy ? secondsFor(*energy, all.power)
                             : Value(Unknown{"time left: the energy is unknown"});
  }
  if (status && *status == "charging") {
    all.timeToFull = energy && full ? secondsFor(std::max(*full - *energy, 0.0), all.power)
                                    : Value(Unknown{"time left: the energy is unknown"});
  }
  return all.toVector();
}

}  // namespace lucarne::sensors
