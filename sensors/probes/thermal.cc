// SPDX-License-Identifier: Apache-2.0
// Temperatures of the machine.
//
// Kernel, Documentation/ABI/testing/sysfs-class-thermal: `temp` is in millidegrees Celsius.
#include <fmt/format.h>

#include "sensors/probe.h"

namespace lucarne::sensors {

namespace {

/// Zones answer 0 K or some thousand degrees while their firmware is not ready.
constexpr double kColdest = -60;
constexpr double kHottest = 200;

constexpr Field kFields[] = {
    {.name = "temperature",
     .kind = FieldKind::Number,
     .unit = "°C",
     .label = "Temperature",
     .deadBand = 0.5,
     .resolution = 0.1,
     .keep = Keep::History,
     .metric = {"temperature_celsius", 1, "Temperature of a thermal zone."},
     .deviceClass = "temperature"},
};

constexpr const char* kIdentity[] = {"type"};

class ThermalProbe final : public Probe {
 public:
  explicit ThermalProbe(std::string label) : label_(std::move(label)) {}

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint) override {
    const auto milli = read.number("temp");
    if (!milli) return {Unknown{milli.error().message}};
    const double celsius = *milli / 1000;
    if (!(celsius >= kColdest && celsius <= kHottest)) {
      return {Unknown{fmt::format("temp: {} °C cannot be", celsius)}};
    }
    return {Value(celsius)};
  }

 private:
  std::vector<std::string> files_{"temp"};
  std::string label_;
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  if (!identity.lists("temp")) return nullptr;  // a cooling device
  return std::make_unique<ThermalProbe>(printable(identity.text("type").value_or("thermal zone")));
}

std::vector<Value> hottest(std::span<const Sensor* const> devices) {
  const Value* most = &devices.front()->values[0];
  for (const Sensor* device : devices) {
    const double* celsius = device->values[0].number();
    if (celsius && (!most->number() || *celsius > *most->number())) most = &device->values[0];
  }
  return {*most};
}

}  // namespace

extern const ProbeRow thermalProbe;
const ProbeRow thermalProbe{
    .kind = "thermal",
    .summary = "temperatures of the machine's thermal zones",
    .folder = "class/thermal",
    .subsystem = "thermal",
    .missing = "no thermal zone found",
    .identity = kIdentity,
    .fields = kFields,
    .cadence = {std::chrono::seconds(2), std::chrono::seconds(15)},
    .create = create,
    .summarise = hottest,
};

}  // namespace lucarne::sensors
