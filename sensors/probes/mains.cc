// SPDX-License-Identifier: Apache-2.0
// Supplies that feed the tablet: mains adapters, USB and USB-PD ports.
//
// Kernel, Documentation/ABI/testing/sysfs-class-power: `type` is Mains, USB, USB_PD, Wireless …;
// `online` is 0 off line, 1 on line with a fixed voltage, 2 on line with a programmable one.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sensors/probe.h"

namespace lucarne::sensors {

namespace {

constexpr Field kFields[] = {
    {.name = "online",
     .kind = FieldKind::Flag,
     .unit = "",
     .label = "Mains",
     .resolution = 1,
     .keep = Keep::History,
     .metric = {"online", 1, "Whether the supply delivers power."},
     .deviceClass = "plug"},
};

constexpr const char* kIdentity[] = {"type", "manufacturer", "model_name"};

constexpr std::array<std::string_view, 11> kTypes = {
    "Mains",       "USB",        "USB_DCP",           "USB_CDP",  "USB_ACA", "USB_C",
    "USB_PD",      "USB_PD_DRP", "Apple_Brick_ID",    "BrickID",  "Wireless"};

class MainsProbe final : public Probe {
 public:
  explicit MainsProbe(std::string label) : label_(std::move(label)) {}

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint) override {
    const auto online = read.number("online");
    if (!online) return {Unknown{online.error().message}};
    if (*online == 0) return {Value(false)};
    if (*online == 1 || *online == 2) return {Value(true)};
    return {Unknown{fmt::format("online: {} is not 0, 1 or 2", *online)}};
  }

 private:
  std::vector<std::string> files_{"online"};
  std::string label_;
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  const auto type = identity.text("type");
  if (!type || std::find(kTypes.begin(), kTypes.end(), *type) == kTypes.end()) return nullptr;
  return std::make_unique<MainsProbe>(printable(*type));
}

// One supply that delivers is enough; one that cannot tell leaves a "no" in doubt.
std::vector<Value> anyOnline(std::span<const Sensor* const> devices) {
  Value all(false);
  for (const Sensor* device : devices) {
    const Value& one = device->values[0];
    if (one.flag() && *one.flag()) return {one};
    if (one.unknown()) all = one;
  }
  return {all};
}

}  // namespace

extern const ProbeRow mainsProbe;
const ProbeRow mainsProbe{
    .kind = "mains",
    .summary = "mains, USB and USB-PD supplies (power_supply)",
    .folder = "class/power_supply",
    .subsystem = "power_supply",
    .missing = "no mains supply found",
    .identity = kIdentity,
    .fields = kFields,
    .cadence = {std::chrono::seconds(1), std::chrono::seconds(5)},
    .create = create,
    .summarise = anyOnline,
};

}  // namespace lucarne::sensors
