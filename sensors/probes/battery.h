// SPDX-License-Identifier: Apache-2.0
// The quantities of a battery, and one reading for several batteries. For probes/battery.cc.
#pragma once

#include <span>
#include <vector>

#include "sensors/probe.h"
#include "sensors/probes/charge_rate.h"

namespace lucarne::sensors {

inline constexpr std::size_t kBatteryFields = 12;

/// One Value per field, by name; toVector gives them in the order of batteryFields().
struct BatteryValues {
  Value percent;
  Value status;  ///< charging, discharging, not-charging, full
  Value energy;      ///< Wh
  Value energyFull;  ///< Wh
  Value power;       ///< W, positive into the battery, negative out of it
  Value voltage;
  Value temperature;
  Value cycles;
  Value health;     ///< the kernel's word in small letters: good, overheat, dead, …
  Value condition;  ///< % of the designed capacity that is left
  Value timeToEmpty;  ///< s; Absent unless discharging
  Value timeToFull;   ///< s; Absent unless charging

  static BatteryValues of(const std::vector<Value>& values);
  std::vector<Value> toVector() const;
};

const char* chargeStatusWord(ChargeStatus status);

std::span<const Field> batteryFields();

/// Energies and powers add up, the charge is that of all together; charging when one charges. What
/// one battery does not tell is unknown for all, except the charge itself, which then is the mean
/// and marked as an estimate.
std::vector<Value> summariseBatteries(std::span<const Sensor* const> batteries);

}  // namespace lucarne::sensors
