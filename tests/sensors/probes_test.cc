// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/sensors/probe_bench.h"

namespace lucarne::sensors {
namespace {

using testing::HasSubstr;

double numberIn(const Sensor& sensor, const char* field) {
  const double* number = sensor.value(field).number();
  return number ? *number : -1e9;
}
std::string reasonIn(const Sensor& sensor, const char* field) {
  const Unknown* unknown = sensor.value(field).unknown();
  return unknown ? unknown->reason : "(known or absent)";
}

// Light

TEST(Illuminance, IsOffsetRawTimesScale) {
  const Files files = {{"in_illuminance_raw", "100"}, {"in_illuminance_offset", "20"},
                       {"in_illuminance_scale", "0.25"}};
  ProbeBench bench("illuminance", files);

  EXPECT_DOUBLE_EQ(numberIn(bench.read(files), "lux"), 30);
}

TEST(Illuminance, TakesTheProcessedValueBeforeTheRawOne) {
  const Files files = {{"in_illuminance_input", "12.5"}, {"in_illuminance_raw", "7"}};
  ProbeBench bench("illuminance", files);

  EXPECT_DOUBLE_EQ(numberIn(bench.read(files), "lux"), 12.5);
}

TEST(Illuminance, TakesTheRawValueWhenTheProcessedOneCannotBeRead) {
  const Files files = {{"in_illuminance_input", "!22"}, {"in_illuminance_raw", "7"}};
  ProbeBench bench("illuminance", files);

  EXPECT_DOUBLE_EQ(numberIn(bench.read(files), "lux"), 7);
}

TEST(Illuminance, FindsANumberedChannelWithASharedScale) {
  const Files files = {{"in_illuminance0_raw", "8"}, {"in_illuminance_scale", "2"}};
  ProbeBench bench("illuminance", files);

  EXPECT_DOUBLE_EQ(numberIn(bench.read(files), "lux"), 16);
}

TEST(Illuminance, LeavesOtherDevicesAlone) {
  EXPECT_FALSE(ProbeBench("illuminance", {{"in_accel_x_raw", "1"}}).made());
  EXPECT_FALSE(ProbeBench("illuminance", {{"in_illuminance_scale", "1"}}).made());
}

TEST(Illuminance, IsUnknownForNonsense) {
  const Files files = {{"in_illuminance_raw", "1"}, {"in_illuminance_scale", "1"}};
  ProbeBench bench("illuminance", files);
  const auto with = [&](const char* raw) {
    return reasonIn(bench.read({{"in_illuminance_raw", raw}, {"in_illuminance_scale", "1"}}), "lux");
  };

  EXPECT_THAT(with("-4"), HasSubstr("darkness"));
  EXPECT_THAT(with("9999999"), HasSubstr("sunlight"));
  EXPECT_THAT(with("!5"), HasSubstr("Input/output error"));
  EXPECT_THAT(with(""), HasSubstr("not a number"));
  EXPECT_THAT(with("12 34"), HasSubstr("not a number"));
  EXPECT_THAT(with("nan"), HasSubstr("not a number"));
  EXPECT_THAT(with("0x10"), HasSubstr("not a number"));
}

TEST(Illuminance, IsNotReadMoreOftenThanItSamples) {
  const Files files = {{"in_illuminance_raw", "1"}, {"sampling_frequency", "0.5"}};
  ProbeBench bench("illuminance", files);

  EXPECT_EQ(bench.probe().fastest(), std::chrono::seconds(2));
}

// Battery

const Files kBattery = {{"type", "Battery"},        {"capacity", "50"},
                        {"status", "Discharging"},  {"energy_now", "20000000"},
                        {"energy_full", "40000000"}, {"power_now", "10000000"},
                        {"voltage_now", "7400000"}, {"temp", "312"},
                        {"cycle_count", "7"},       {"health", "Over voltage"}};

Files changed(Files files, const char* name, const char* text) {
  files[name] = text;
  return files;
}

TEST(Battery, ReadsTheUnitsOfTheKernel) {
  ProbeBench bench("battery", kBattery);

  const Sensor sensor = bench.read(kBattery);

  EXPECT_DOUBLE_EQ(numberIn(sensor, "percent"), 50);
  EXPECT_DOUBLE_EQ(numberIn(sensor, "energy"), 20);
  EXPECT_DOUBLE_EQ(numberIn(sensor, "power"), -10);
  EXPECT_DOUBLE_EQ(numberIn(sensor, "voltage"), 7.4);
  EXPECT_DOUBLE_EQ(numberIn(sensor, "temperature"), 31.2);
  EXPECT_EQ(*sensor.value("health").word(), "over-voltage");
  EXPECT_EQ(*sensor.value("status").word(), "discharging");
}

TEST(Battery, EstimatesTheTimeLeftAndSaysSo) {
  ProbeBench bench("battery", kBattery);

  const Sensor sensor = bench.read(kBattery);

  EXPECT_NEAR(numberIn(sensor, "time_to_empty"), 7200, 1);
  EXPECT_EQ(sensor.value("time_to_empty").origin(), Origin::Estimated);
  EXPECT_TRUE(sensor.value("time_to_full").absent());
}

TEST(Battery, BelievesTheKernelsTimeLeft) {
  ProbeBench bench("battery", kBattery);

  const Sensor sensor = bench.read(changed(kBattery, "time_to_empty_now", "5400"));

  EXPECT_DOUBLE_EQ(numberIn(sensor, "time_to_empty"), 5400);
  EXPECT_EQ(sensor.value("time_to_empty").origin(), Origin::Measured);
}

TEST(Battery, SmoothsTheRate) {
  ProbeBench bench("battery", kBattery);
  bench.read(kBattery, base::TimePoint(std::chrono::seconds(0)));

  const Sensor spike = bench.read(changed(kBattery, "power_now", "40000000"),
                                  base::TimePoint(std::chrono::seconds(1)));

  EXPECT_GT(numberIn(spike, "time_to_empty"), 6500);
}

TEST(Battery, WorksOutEnergyFromChargeAndVoltage) {
  const Files files = {{"type", "Battery"},          {"status", "Charging"},
                       {"charge_now", "2100000"},    {"charge_full", "5000000"},
                       {"current_now", "-500000"},   {"voltage_now", "7400000"},
                       {"voltage_min_design", "7000000"}};
  ProbeBench bench("battery", files);

  const Sensor sensor = bench.read(files);

  EXPECT_NEAR(numberIn(sensor, "energy"), 14.7, 1e-9);
  EXPECT_NEAR(numberIn(sensor, "power"), 3.7, 1e-9);
  EXPECT_NEAR(numberIn(sensor, "percent"), 42, 1e-9);
  EXPECT_EQ(sensor.value("percent").origin(), Origin::Estimated);
  EXPECT_NEAR(numberIn(sensor, "time_to_full"), 20.3 / 3.7 * 3600, 5);
}

TEST(Battery, TellsTheTimeFromTheSlopeWhenThereIsNoPower) {
  const Files files = {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "60"}};
  ProbeBench bench("battery", files);

  const Sensor first = bench.read(files, base::TimePoint(std::chrono::seconds(0)));
  const Sensor later = bench.read(changed(files, "capacity", "58"),
                                  base::TimePoint(std::chrono::seconds(240)));

  EXPECT_THAT(reasonIn(first, "time_to_empty"), HasSubstr("not observed long enough"));
  EXPECT_NEAR(numberIn(later, "time_to_empty"), 58 * 120, 1);
}

TEST(Battery, IsUnknownForNonsense) {
  ProbeBench bench("battery", kBattery);

  EXPECT_EQ(reasonIn(bench.read(changed(kBattery, "capacity", "65535")), "percent"),
            "capacity: 65535 cannot be");
  EXPECT_EQ(reasonIn(bench.read(changed(kBattery, "capacity", "!5")), "percent"),
            "capacity: Input/output error");
  EXPECT_THAT(reasonIn(bench.read(changed(kBattery, "status", "On fire")), "status"),
              HasSubstr("'On fire' is no status"));
  EXPECT_EQ(reasonIn(bench.read(changed(kBattery, "present", "0")), "percent"),
            "no battery in its place");
  EXPECT_THAT(reasonIn(bench.read(changed(kBattery, "voltage_now", "-1")), "voltage"),
              HasSubstr("cannot be"));
}

TEST(Battery, OneBrokenFileLeavesTheOthersKnown) {
  ProbeBench bench("battery", kBattery);

  const Sensor sensor = bench.read(changed(kBattery, "temp", "!61"));

  EXPECT_NE(sensor.value("temperature").unknown(), nullptr);
  EXPECT_DOUBLE_EQ(numberIn(sensor, "percent"), 50);
}

TEST(Battery, OfAMouseDoesNotCountForTheTablet) {
  Files mouse = kBattery;
  mouse["scope"] = "Device";

  EXPECT_FALSE(ProbeBench("battery", mouse).probe().inSummary());
  EXPECT_TRUE(ProbeBench("battery", kBattery).probe().inSummary());
}

TEST(Battery, SeveralAddUp) {
  ProbeBench bench("battery", kBattery);
  Files small = changed(kBattery, "energy_now", "5000000");
  small["energy_full"] = "10000000";
  small["status"] = "Full";
  small["power_now"] = "0";

  Sensor all{&rowOf("battery"), "summary", "", {}};
  all.values = bench.summarise({bench.read(kBattery), bench.read(small)});

  EXPECT_DOUBLE_EQ(numberIn(all, "energy"), 25);
  EXPECT_DOUBLE_EQ(numberIn(all, "percent"), 50);
  EXPECT_EQ(*all.value("status").word(), "discharging");
  EXPECT_DOUBLE_EQ(numberIn(all, "time_to_empty"), 9000);
}

// Mains

TEST(Mains, IsOnForBothKindsOfOnline) {
  ProbeBench bench("mains", {{"type", "USB_PD"}});

  EXPECT_TRUE(*bench.read({{"online", "1"}}).value("online").flag());
  EXPECT_TRUE(*bench.read({{"online", "2"}}).value("online").flag());
  EXPECT_FALSE(*bench.read({{"online", "0"}}).value("online").flag());
  EXPECT_THAT(reasonIn(bench.read({{"online", "7"}}), "online"), HasSubstr("not 0, 1 or 2"));
}

TEST(Mains, OneOfSeveralIsEnoughAndADoubtStaysADoubt) {
  ProbeBench bench("mains", {{"type", "Mains"}});
  const Sensor on = bench.read({{"online", "1"}});
  const Sensor off = bench.read({{"online", "0"}});
  const Sensor broken = bench.read({{"online", "!5"}});

  EXPECT_TRUE(*bench.summarise({off, broken, on})[0].flag());
  EXPECT_FALSE(*bench.summarise({off, off})[0].flag());
  EXPECT_NE(bench.summarise({off, broken})[0].unknown(), nullptr);
}

TEST(Mains, LeavesBatteriesAlone) { EXPECT_FALSE(ProbeBench("mains", kBattery).made()); }

// Temperature, backlight

TEST(Thermal, IsInMillidegrees) {
  ProbeBench bench("thermal", {{"temp", "0"}, {"type", "cpu"}});

  EXPECT_DOUBLE_EQ(numberIn(bench.read({{"temp", "45500"}}), "temperature"), 45.5);
  EXPECT_THAT(reasonIn(bench.read({{"temp", "-274000"}}), "temperature"), HasSubstr("cannot be"));
}

TEST(Backlight, IsAShareOfItsHighestLevel) {
  ProbeBench bench("backlight", {{"brightness", "0"}});

  const Sensor sensor = bench.read({{"brightness", "51"}, {"max_brightness", "255"}});

  EXPECT_DOUBLE_EQ(numberIn(sensor, "percent"), 20);
  EXPECT_THAT(reasonIn(bench.read({{"brightness", "300"}, {"max_brightness", "255"}}), "percent"),
              HasSubstr("not between"));
  EXPECT_THAT(reasonIn(bench.read({{"brightness", "1"}, {"max_brightness", "0"}}), "percent"),
              HasSubstr("no brightness"));
}

// Every row

TEST(EveryProbe, SurvivesAnyTextInAnyFile) {
  std::mt19937 random(7);
  const std::string alphabet = "0123456789-+.eE,; \n\tNaInfx\x80\xff";
  for (const ProbeRow* row : probeRows()) {
    for (int round = 0; round < 300; ++round) {
      Files files = {{"type", "Battery"}, {"in_illuminance_raw", "1"}, {"in_illuminance_scale", "1"},
                     {"in_accel_x_raw", "1"}, {"in_accel_y_raw", "1"}, {"in_accel_z_raw", "1"},
                     {"in_accel_scale", "1"}, {"temp", "1"}, {"brightness", "1"}};
      if (std::string_view(row->kind) == "mains") files["type"] = "USB";
      ProbeBench bench(row->kind, files);
      ASSERT_TRUE(bench.made()) << row->kind;
      for (const std::string& name : bench.probe().files()) {
        std::string text;
        for (unsigned i = random() % 24; i > 0; --i) text += alphabet[random() % alphabet.size()];
        files[name] = text.starts_with('!') ? "" : text;
      }

      const Sensor sensor = bench.read(files);

      ASSERT_EQ(sensor.values.size(), row->fields.size()) << row->kind;
    }
  }
}

TEST(EveryProbe, HasFieldsThatOutletsCanName) {
  for (const ProbeRow* row : probeRows()) {
    for (const Field& field : row->fields) {
      EXPECT_EQ(std::string(field.name).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
                std::string::npos)
          << row->kind << " " << field.name;
      EXPECT_GT(field.resolution, 0) << row->kind << " " << field.name;
    }
  }
}

}  // namespace
}  // namespace lucarne::sensors
