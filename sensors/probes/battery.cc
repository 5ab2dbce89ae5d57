// SPDX-License-Identifier: Apache-2.0
// Batteries.
//
// Kernel, Documentation/ABI/testing/sysfs-class-power and power/power_supply_class.rst: µWh, µW,
// µAh, µA, µV, tenths of a degree Celsius, seconds; a driver has energy_* or charge_*, and power_now
// or current_now, whose sign differs between drivers (so the sign is taken from the status).
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "sensors/probe.h"
#include "sensors/probes/battery.h"
#include "sensors/probes/charge_rate.h"

namespace lucarne::sensors {

namespace {

/// Gauges that are a little out of calibration say 101 or 102; nothing says 65535 and means it.
constexpr double kMostPercent = 105;
constexpr double kMostVolts = 1000;
constexpr double kMostWatts = 2000;
constexpr double kMostWattHours = 10'000;
/// A longer estimate only says that next to no power flows.
constexpr double kLongestEstimate = 14 * 24 * 3600.0;

constexpr const char* kIdentity[] = {"type", "scope", "manufacturer", "model_name", "technology"};

std::string readLabel(const Attributes& identity) {
  std::string label;
  for (const char* name : {"manufacturer", "model_name"}) {
    const auto text = identity.text(name);
    if (!text || text->empty()) continue;
    label += (label.empty() ? "" : " ") + printable(*text, 32);
  }
  return label.empty() ? "Battery" : label;
}

Value parseStatus(const Attributes& read, ChargeStatus& status) {
  status = ChargeStatus::Unknown;
  const auto text = read.text("status");
  if (!text) return read.has("status") ? Value(Unknown{read.trouble("status")}) : Value();
  if (*text == "Charging") status = ChargeStatus::Charging;
  if (*text == "Discharging") status = ChargeStatus::Discharging;
  if (*text == "Not charging") status = ChargeStatus::NotCharging;
  if (*text == "Full") status = ChargeStatus::Full;
  if (status != ChargeStatus::Unknown) return Value(chargeStatusWord(status));
  if (*text == "Unknown") return Unknown{"status: the driver does not know it"};
  return Unknown{fmt::format("status: '{}' is no status", printable(*text))};
}

// A file in millionths as a number within (0 or) `least` … `most`; Absent when there is no file.
Value measured(const Attributes& read, const char* name, double unit, double least, double most) {
  if (!read.has(name)) return Value();
  const auto number = read.number(name);
  if (!number) return Unknown{number.error().message};
  const double value = *number * unit;
  if (!(value >= least && value <= most)) {
    return Unknown{fmt::format("{}: {} cannot be", name, *number)};
  }
  return Value(value);
}

// The sign of a current differs between drivers: only its size is used.
Value measuredSize(const Attributes& read, const char* name, double most) {
  const Value value = measured(read, name, 1e-6, -most, most);
  return value.number() ? Value(std::abs(*value.number())) : value;
}

Value product(const Value& a, const Value& b) {
  if (a.number() && b.number()) return Value(*a.number() * *b.number());
  return a.known() ? b : a;
}

class BatteryProbe final : public Probe {
 public:
  BatteryProbe(std::string label, bool ofTheTablet)
      : label_(std::move(label)), ofTheTablet_(ofTheTablet) {}

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }
  bool inSummary() const override { return ofTheTablet_; }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint now) override {
    if (const auto present = read.text("present"); present && *present == "0") {
      return std::vector<Value>(kBatteryFields, Value(Unknown{"no battery in its place"}));
    }
    ChargeStatus status;
    BatteryValues v;
    v.status = parseStatus(read, status);
    v.voltage = measured(read, "voltage_now", 1e-6, 0, kMostVolts);
    readEnergy(read, v);
    readPercent(read, v);
    readPower(read, status, v);
    v.temperature = measured(read, "temp", 0.1, -60, 150);
    v.cycles = measured(read, "cycle_count", 1, 0, 1e6);
    if (const auto health = read.text("health")) v.health = Value(word(*health));
    readTimes(read, status, now, v);
    return v.toVector();
  }

 private:
  // "Over voltage" -> "over-voltage"
  static std::string word(std::string_view untrusted) {
    std::string clean = printable(untrusted, 24);
    for (char& c : clean) {
      c = c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return clean;
  }

  void readEnergy(const Attributes& read, BatteryValues& v) const {
    v.energy = measured(read, "energy_now", 1e-6, 0, kMostWattHours);
    v.energyFull = measured(read, "energy_full", 1e-6, 0, kMostWattHours);
    Value design = measured(read, "energy_full_design", 1e-6, 0, kMostWattHours);
    if (v.energy.absent() && v.energyFull.absent()) {
      // A driver with charge_*: ampere hours at the nominal voltage, the present one sags with load.
      Value volts = measured(read, "voltage_min_design", 1e-6, 0.5, kMostVolts);
      if (!volts.known()) volts = v.voltage;
      const auto energyOf = [&](const char* name) {
        const Value charge = measured(read, name, 1e-6, 0, kMostWattHours);
        return charge.absent() || volts.absent() ? Value() : estimated(product(charge, volts));
      };
      v.energy = energyOf("charge_now");
      v.energyFull = energyOf("charge_full");
      design = energyOf("charge_full_design");
    }
    if (v.energyFull.number() && design.number() && *design.number() > 0) {
      v.condition = Value(std::min(*v.energyFull.number() / *design.number() * 100, 100.0));
    }
  }

  static Value estimated(const Value& value) {
    return value.number() ? Value(*value.number(), Origin::Estimated) : value;
  }

  void readPercent(const Attributes& read, BatteryValues& v) const {
    if (read.has("capacity")) {
      v.percent = measured(read, "capacity", 1, 0, kMostPercent);
      if (v.percent.number()) v.percent = Value(std::min(*v.percent.number(), 100.0));
      return;
    }
    if (v.energy.number() && v.energyFull.number() && *v.energyFull.number() > 0) {
      const double percent = *v.energy.number() / *v.energyFull.number() * 100;
      v.percent = Value(std::clamp(percent, 0.0, 100.0), Origin::Estimated);
    } else {
      v.percent = v.energy.unknown() ? v.energy : Value(Unknown{"capacity: not offered"});
    }
  }

  void readPower(const Attributes& read, ChargeStatus status, BatteryValues& v) const {
    Value size = measuredSize(read, "power_now", kMostWatts);
    if (size.absent()) {
      const Value amperes = measuredSize(read, "current_now", kMostWatts);
      if (!amperes.absent()) size = estimated(product(amperes, v.voltage));
    }
    v.power = size;
    if (!size.number()) return;
    if (status == ChargeStatus::Discharging) v.power = Value(-*size.number(), size.origin());
    if (status == ChargeStatus::Unknown) v.power = Unknown{"power: the direction is unknown"};
  }

  void readTimes(const Attributes& read, ChargeStatus status, base::TimePoint now,
                 BatteryValues& v) {
    std::optional<double> watts;
    if (v.power.number()) watts = std::abs(*v.power.number());
    const double* charge = v.energy.number() ? v.energy.number() : v.percent.number();
    rate_.add(now, status, watts, charge ? std::optional(*charge) : std::nullopt);
    if (status == ChargeStatus::Discharging) v.timeToEmpty = timeTo(read, "time_to_empty_now", v, 0);
    if (status == ChargeStatus::Charging) {
      const double* full = v.energyFull.number();
      v.timeToFull = timeTo(read, "time_to_full_now", v,
                            v.energy.number() ? (full ? *full : -1) : 100);
    }
  }

  // The driver's answer, else charge left until `goal` by the smoothed rate.
  Value timeTo(const Attributes& read, const char* file, const BatteryValues& v, double goal) const {
    const Value told = measured(read, file, 1, 1, kLongestEstimate);
    if (told.known()) return told;  // 0 and nonsense: drivers that have no estimate say so this way
    const double* charge = v.energy.number() ? v.energy.number() : v.percent.number();
    if (!charge || goal < 0) return Unknown{"time left: the charge is unknown"};
    const double left = std::abs(goal - *charge);
    std::optional<double> perSecond = rate_.slope();
    if (v.energy.number() && rate_.watts() && *rate_.watts() > 0.01) {
      perSecond = *rate_.watts() / 3600;
    }
    if (!perSecond) return Unknown{"time left: not observed long enough"};
    const double seconds = left / *perSecond;
    if (seconds > kLongestEstimate) return Unknown{"time left: next to no power flows"};
    return Value(seconds, Origin::Estimated);
  }

  const std::vector<std::string> files_{
      "present",     "status",      "capacity",           "energy_now",         "energy_full",
      "charge_now",  "charge_full", "energy_full_design", "charge_full_design", "power_now",
      "current_now", "voltage_now", "voltage_min_design", "temp",               "cycle_count",
      "health",      "time_to_empty_now", "time_to_full_now"};
  std::string label_;
  bool ofTheTablet_;
  ChargeRate rate_;
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  const auto type = identity.text("type");
  if (!type || *type != "Battery") return nullptr;
  const auto scope = identity.text("scope");
  return std::make_unique<BatteryProbe>(readLabel(identity), !scope || *scope != "Device");
}

}  // namespace

extern const ProbeRow batteryProbe;
const ProbeRow batteryProbe{
    .kind = "battery",
    .summary = "charge, power, time left and health of batteries (power_supply)",
    .folder = "class/power_supply",
    .subsystem = "power_supply",
    .missing = "no battery found",
    .identity = kIdentity,
    .fields = batteryFields(),
    .cadence = {std::chrono::seconds(2), std::chrono::seconds(30)},
    .create = create,
    .summarise = summariseBatteries,
};

}  // namespace lucarne::sensors
