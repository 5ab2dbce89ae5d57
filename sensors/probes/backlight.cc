// SPDX-License-Identifier: Apache-2.0
// Brightness of the panel. Setting it is sensors/auto_brightness.h's.
//
// Kernel, Documentation/ABI/stable/sysfs-class-backlight: `brightness` is what was asked for,
// 0 … `max_brightness`; `actual_brightness` what the hardware shows.
#include <fmt/format.h>

#include "sensors/probe.h"

namespace lucarne::sensors {

namespace {

constexpr Field kFields[] = {
    {.name = "percent",
     .kind = FieldKind::Number,
     .unit = "%",
     .label = "Brightness",
     .deadBand = 0.5,
     .resolution = 0.1,
     .keep = Keep::History,
     .metric = {"brightness_ratio", 0.01, "Brightness of the panel, 1 is full."}},
    {.name = "level",
     .kind = FieldKind::Number,
     .unit = "",
     .label = "Brightness level",
     .resolution = 1},
    {.name = "levels",
     .kind = FieldKind::Number,
     .unit = "",
     .label = "Highest brightness level",
     .resolution = 1},
};

constexpr const char* kIdentity[] = {"type"};

class BacklightProbe final : public Probe {
 public:
  explicit BacklightProbe(std::string label) : label_(std::move(label)) {}

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint) override {
    const auto level = read.number("brightness");
    const auto most = read.number("max_brightness");
    const auto unknown = [](std::string reason) {
      return std::vector<Value>(3, Value(Unknown{std::move(reason)}));
    };
    if (!level) return unknown(level.error().message);
    if (!most) return unknown(most.error().message);
    if (!(*most >= 1)) return unknown(fmt::format("max_brightness: {} is no brightness", *most));
    if (!(*level >= 0 && *level <= *most)) {
      return unknown(fmt::format("brightness: {} is not between 0 and {}", *level, *most));
    }
    return {Value(*level / *most * 100), Value(*level), Value(*most)};
  }

 private:
  std::vector<std::string> files_{"brightness", "max_brightness"};
  std::string label_;
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  if (!identity.lists("brightness")) return nullptr;
  return std::make_unique<BacklightProbe>(printable(identity.text("type").value_or("backlight")));
}

}  // namespace

extern const ProbeRow backlightProbe;
const ProbeRow backlightProbe{
    .kind = "backlight",
    .summary = "brightness of the panel",
    .folder = "class/backlight",
    .subsystem = "backlight",
    .missing = "no backlight found",
    .identity = kIdentity,
    .fields = kFields,
    .cadence = {std::chrono::seconds(1), std::chrono::seconds(5)},
    .create = create,
    .summarise = firstKnown,
};

}  // namespace lucarne::sensors
