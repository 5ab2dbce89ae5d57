// SPDX-License-Identifier: Apache-2.0
// Ambient light from IIO devices.
//
// Kernel, Documentation/ABI/testing/sysfs-bus-iio: in_illuminance[Y]_input is in lux;
// in_illuminance[Y]_raw becomes lux as (raw + in_illuminance[Y]_offset) × in_illuminance[Y]_scale;
// [in_illuminance_]sampling_frequency is in hertz.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "sensors/probe.h"

namespace lucarne::sensors {

namespace {

/// Direct sun is about 130,000 lx; a reading beyond this is a broken sensor or scale.
constexpr double kMostLux = 400'000;

constexpr Field kFields[] = {
    {.name = "lux",
     .kind = FieldKind::Number,
     .unit = "lx",
     .label = "Light",
     .deadBand = 0.5,
     .deadBandRatio = 0.03,  // an eye sees no less
     .resolution = 0.01,
     .keep = Keep::History,
     .metric = {"lux", 1, "Ambient light."},
     .deviceClass = "illuminance"},
};

constexpr const char* kIdentity[] = {"name", "label", "sampling_frequency",
                                     "in_illuminance_sampling_frequency"};

// "in_illuminance", "in_illuminance0", … of the first channel that the device lists.
std::string findChannel(const std::vector<std::string>& entries) {
  constexpr std::string_view kStem = "in_illuminance";
  for (const std::string& entry : entries) {
    if (!entry.starts_with(kStem)) continue;
    std::size_t end = kStem.size();
    while (end < entry.size() && std::isdigit(static_cast<unsigned char>(entry[end])) != 0) ++end;
    const std::string_view rest = std::string_view(entry).substr(end);
    if (rest == "_input" || rest == "_raw") return entry.substr(0, end);
  }
  return "";
}

class IlluminanceProbe final : public Probe {
 public:
  IlluminanceProbe(const std::string& channel, const Attributes& identity)
      : input_(channel + "_input"), raw_(channel + "_raw") {
    if (identity.lists(input_)) files_.push_back(input_);
    if (identity.lists(raw_)) files_.push_back(raw_);
    // ABI: attributes common to all channels of a type carry no channel number.
    scale_ = firstListed(identity, {channel + "_scale", "in_illuminance_scale"});
    offset_ = firstListed(identity, {channel + "_offset", "in_illuminance_offset"});
    label_ = printable(identity.text("label").value_or(identity.text("name").value_or("light")));
    for (const char* name : {"in_illuminance_sampling_frequency", "sampling_frequency"}) {
      const auto hertz = identity.number(name);
      if (hertz && *hertz >= 0.01 && *hertz <= 1000) {
        fastest_ = std::chrono::duration_cast<base::Duration>(
            std::chrono::duration<double>(1 / *hertz));
        break;
      }
    }
  }

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }
  base::Duration fastest() const override { return fastest_; }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint) override {
    const auto lux = measure(read);
    if (!lux) return {Unknown{lux.error().message}};
    if (!(*lux >= 0)) return {Unknown{fmt::format("{} lx is less than darkness", *lux)}};
    if (*lux > kMostLux) return {Unknown{fmt::format("{} lx is more than sunlight", *lux)}};
    return {Value(*lux)};
  }

 private:
  std::string firstListed(const Attributes& identity, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!identity.lists(name)) continue;
      files_.push_back(name);
      return name;
    }
    return "";
  }

  base::Result<double> measure(const Attributes& read) const {
    if (read.has(input_)) {
      auto processed = read.number(input_);
      // Some drivers offer _input and answer only _raw.
      if (processed || !read.has(raw_)) return processed;
    }
    auto raw = read.number(raw_);
    if (!raw) return raw;
    double offset = 0;
    double scale = 1;
    if (!offset_.empty()) {
      const auto got = read.number(offset_);
      if (!got) return got;
      offset = *got;
    }
    if (!scale_.empty()) {
      const auto got = read.number(scale_);
      if (!got) return got;
      scale = *got;
    }
    return (*raw + offset) * scale;
  }

  std::string input_;
  std::string raw_;
  std::string scale_;   // empty: the device has none
  std::string offset_;  // empty: the device has none
  std::vector<std::string> files_;
  std::string label_;
  base::Duration fastest_{};
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  const std::string channel = findChannel(identity.entries);
  if (channel.empty()) return nullptr;
  return std::make_unique<IlluminanceProbe>(channel, identity);
}

// The brightest: a hand or a cover darkens one sensor, nothing brightens one.
std::vector<Value> brightest(std::span<const Sensor* const> devices) {
  const Value* best = &devices.front()->values[0];
  for (const Sensor* device : devices) {
    const double* lux = device->values[0].number();
    if (lux && (!best->number() || *lux > *best->number())) best = &device->values[0];
  }
  return {*best};
}

}  // namespace

extern const ProbeRow illuminanceProbe;
const ProbeRow illuminanceProbe{
    .kind = "illuminance",
    .summary = "ambient light in lux (IIO)",
    .folder = "bus/iio/devices",
    .subsystem = "iio",
    .missing = "no light sensor found",
    .identity = kIdentity,
    .fields = kFields,
    .cadence = {std::chrono::milliseconds(500), std::chrono::seconds(2)},
    .create = create,
    .summarise = brightest,
};

}  // namespace lucarne::sensors
