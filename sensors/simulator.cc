// SPDX-License-Identifier: Apache-2.0
#include "sensors/simulator.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numbers>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::sensors {

namespace {

constexpr double kFullWattHours = 38;
constexpr double kVolts = 7.6;

void put(const std::string& folder, const char* name, const std::string& text) {
  const std::string path = fmt::format("{}/{}", folder, name);
  const std::string fresh = fmt::format("{}/.{}", folder, name);
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << text << '\n';
    if (!out) throw base::SetupError(fmt::format("write {}: failed", fresh));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    throw base::SetupError(fmt::format("rename {}: failed", fresh));
  }
}

std::string millionths(double value) { return std::to_string(std::llround(value * 1e6)); }

// Slow waves of periods that have nothing to do with one another look like chance.
double wave(double seconds, double period, double phase = 0) {
  return std::sin(2 * std::numbers::pi * seconds / period + phase);
}

}  // namespace

void Simulator::pass(base::Duration by, std::int64_t dayMs) {
  const double step = base::toSeconds(by);
  seconds_ += step * pace_;
  World& w = world_;

  w.mains = w.mains ? w.charge < 99.5 || wave(seconds_, 5400) > 0 : w.charge < 22;
  w.watts = w.mains ? (w.charge < 80 ? 24 : 24 * (101 - w.charge) / 21)
                    : 8 + 3 * wave(seconds_, 1900) + 1.5 * wave(seconds_, 311, 1);
  const double hours = step * pace_ / 3600;
  w.charge += (w.mains ? w.watts : -w.watts) * hours / kFullWattHours * 100;
  w.charge = std::min(std::max(w.charge, 1.0), 100.0);

  const double hour = std::fmod(static_cast<double>(dayMs) / 3.6e6, 24);
  const double sun = std::max(0.0, std::sin((hour - 6) / 12 * std::numbers::pi));
  const double clouds = 0.55 + 0.3 * wave(seconds_, 1300) + 0.15 * wave(seconds_, 170, 2);
  const double lamp = hour > 17 && hour < 23 ? 180 : 0.4;
  w.lux = lamp + 14000 * sun * sun * clouds + 4 * (1 + wave(seconds_, 37));
  w.celsius = 38 + 6 * sun + (w.mains ? 5 : 0) + 3 * wave(seconds_, 900);
  w.rotation = static_cast<int>(seconds_ / 1800) % 4 == 3 ? 90 : 0;
}

void Simulator::write(const std::string& root) {
  const World& w = world_;
  const std::string battery = root + "/class/power_supply/BAT0";
  const std::string mains = root + "/class/power_supply/AC";
  const std::string light = root + "/bus/iio/devices/iio:device0";
  const std::string accel = root + "/bus/iio/devices/iio:device1";
  const std::string chip = root + "/class/thermal/thermal_zone0";
  const std::string panel = root + "/class/backlight/panel";
  if (!made_) {
    for (const auto& folder : {battery, mains, light, accel, chip, panel}) {
      std::error_code failure;
      std::filesystem::create_directories(folder, failure);
      if (failure) {
        throw base::SetupError(fmt::format("make {}: {}", folder, failure.message()));
      }
    }
    put(battery, "manufacturer", "Simulated");
    put(battery, "model_name", "LP-38");
    put(battery, "technology", "Li-ion");
    put(battery, "cycle_count", "212");
    put(battery, "health", "Good");
    put(battery, "energy_full", millionths(kFullWattHours));
    put(battery, "energy_full_design", millionths(kFullWattHours / 0.93));
    put(light, "name", "simulated-als");
    put(light, "in_illuminance_scale", "0.01");
    put(accel, "name", "simulated-accel");
    put(accel, "in_accel_scale", "0.009806");
    put(chip, "type", "cpu-thermal");
    put(panel, "max_brightness", "255");
    put(panel, "brightness", "140");
    put(panel, "type", "raw");
  }
  put(battery, "capacity", std::to_string(std::lround(w.charge)));
  put(battery, "energy_now", millionths(kFullWattHours * w.charge / 100));
  put(battery, "status", w.mains ? (w.charge > 99.4 ? "Full" : "Charging") : "Discharging");
  put(battery, "power_now", millionths(w.watts));
  put(battery, "voltage_now", millionths(kVolts * (0.92 + 0.12 * w.charge / 100)));
  put(battery, "temp", std::to_string(std::lround(10 * (24 + (w.mains ? 5 : 1)))));
  put(mains, "online", w.mains ? "1" : "0");
  put(light, "in_illuminance_raw", std::to_string(std::llround(w.lux * 100)));
  put(accel, "in_accel_x_raw", w.rotation == 90 ? "990" : "12");
  put(accel, "in_accel_y_raw", w.rotation == 90 ? "15" : "990");
  put(accel, "in_accel_z_raw", "130");
  put(chip, "temp", std::to_string(std::lround(w.celsius * 1000)));
  if (!made_) {
    // Last: from here on they are recognised.
    put(battery, "type", "Battery");
    put(mains, "type", "Mains");
  }
  made_ = true;
}

}  // namespace lucarne::sensors
