// SPDX-License-Identifier: Apache-2.0
// How the tablet is held, from an IIO accelerometer.
//
// Kernel, Documentation/ABI/testing/sysfs-bus-iio: in_accel_{x,y,z}_raw × in_accel_scale is in m/s²;
// [in_accel_|in_]mount_matrix turns the chip's axes into the device's. Documentation of the mount
// matrix (same file): with the screen facing the user, x points to the right, y up, z towards the
// user, and a device at rest measures +9.81 along the axis that points up.
#include <cmath>

#include <fmt/format.h>

#include "sensors/probe.h"
#include "sensors/probes/attitude.h"

namespace lucarne::sensors {

namespace {

constexpr Field kFields[] = {
    {.name = "rotation",
     .kind = FieldKind::Number,
     .unit = "°",
     .label = "Rotation",
     .resolution = 1,
     .keep = Keep::History,
     .metric = {"rotation_degrees", 1,
                "How far the picture has to be turned clockwise to stand upright."}},
};

constexpr const char* kIdentity[] = {"name", "label", "mount_matrix", "in_mount_matrix",
                                     "in_accel_mount_matrix"};

class OrientationProbe final : public Probe {
 public:
  OrientationProbe(const Attributes& identity)
      : label_(printable(identity.text("label").value_or(
            identity.text("name").value_or("accelerometer")))) {
    for (const char* name : {"in_accel_mount_matrix", "in_mount_matrix", "mount_matrix"}) {
      const auto text = identity.text(name);
      if (!text) continue;
      if (const auto parsed = parseMountMatrix(*text)) {
        mount_ = *parsed;
      } else {
        trouble_ = fmt::format("{}: '{}' is no rotation", name, printable(*text));
      }
      break;
    }
    for (const char* file : {"in_accel_x_raw", "in_accel_y_raw", "in_accel_z_raw",
                             "in_accel_scale", "in_accel_x_scale"}) {
      if (identity.lists(file)) files_.emplace_back(file);
    }
  }

  const std::vector<std::string>& files() const override { return files_; }
  const std::string& label() const override { return label_; }

  bool restless() const override { return attitude_.turning(); }

  std::vector<Value> interpret(const Attributes& read, base::TimePoint now) override {
    if (!trouble_.empty()) return {Unknown{trouble_}};
    const auto x = read.number("in_accel_x_raw");
    const auto y = read.number("in_accel_y_raw");
    const auto z = read.number("in_accel_z_raw");
    for (const auto* axis : {&x, &y, &z}) {
      if (!*axis) return {Unknown{axis->error().message}};
    }
    double scale = 1;
    const char* scaleFile = read.has("in_accel_scale") ? "in_accel_scale" : "in_accel_x_scale";
    if (read.has(scaleFile)) {
      const auto got = read.number(scaleFile);
      if (!got) return {Unknown{got.error().message}};
      scale = *got;
    }
    const auto rotation = attitude_.add(now, mount_ * Vector3{*x * scale, *y * scale, *z * scale});
    if (!rotation) return {Unknown{rotation.error().message}};
    return {Value(static_cast<double>(*rotation))};
  }

 private:
  std::vector<std::string> files_;
  std::string label_;
  std::string trouble_;  // of the mount matrix; empty: none
  Matrix3 mount_ = Matrix3::identity();
  Attitude attitude_;
};

std::unique_ptr<Probe> create(const Attributes& identity) {
  if (!identity.lists("in_accel_x_raw") || !identity.lists("in_accel_y_raw") ||
      !identity.lists("in_accel_z_raw")) {
    return nullptr;
  }
  return std::make_unique<OrientationProbe>(identity);
}

}  // namespace

extern const ProbeRow orientationProbe;
const ProbeRow orientationProbe{
    .kind = "orientation",
    .summary = "how the tablet is held, 0, 90, 180 or 270 degrees (IIO accelerometer)",
    .folder = "bus/iio/devices",
    .subsystem = "iio",
    .missing = "no accelerometer found",
    .identity = kIdentity,
    .fields = kFields,
    .cadence = {std::chrono::milliseconds(200), std::chrono::milliseconds(500)},
    .create = create,
    .summarise = firstKnown,
};

}  // namespace lucarne::sensors
