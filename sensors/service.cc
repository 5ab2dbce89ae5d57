// SPDX-License-Identifier: Apache-2.0
#include "sensors/service.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace lucarne::sensors {

StationOptions stationOptions(const Settings& settings) {
  StationOptions options;
  options.sysfs = settings.sysfs;
  options.without = settings.without;
  return options;
}

Service::Service(const base::Context& context, const WallClock& wall, const Settings& settings)
    : context_(context),
      reader_(context.loop),
      station_(context, reader_, stationOptions(settings)),
      brightness_(context, station_, reader_, settings.backlight),
      controls_(station_, brightness_),
      around_{.context = context,
              .wall = wall,
              .settings = settings,
              .station = station_,
              .controls = controls_} {
  around_.troubles = [this] {
    nlohmann::json troubles = nlohmann::json::object();
    for (const Named& one : outlets_) troubles[one.row->name] = one.outlet->trouble();
    return troubles;
  };
  for (const OutletRow* row : outletRows()) {
    if (auto outlet = row->create(around_)) outlets_.push_back({row, std::move(outlet)});
  }
  for (const Named& one : outlets_) station_.addObserver(*one.outlet);
  if (settings.rotationLock) controls_.lockRotation(true);
}

Service::~Service() {
  for (const Named& one : outlets_) station_.removeObserver(*one.outlet);
  // The later ones may use the earlier ones.
  while (!outlets_.empty()) outlets_.pop_back();
}

void Service::start() {
  for (const Named& one : outlets_) one.outlet->start();
  std::vector<std::string> subsystems;
  for (const ProbeRow* row : probeRows()) {
    if (std::find(subsystems.begin(), subsystems.end(), row->subsystem) == subsystems.end()) {
      subsystems.emplace_back(row->subsystem);
    }
  }
  // Before the first listing, so that nothing is missed in between.
  events_ = std::make_unique<KernelEvents>(
      context_, subsystems, [this](const std::string& subsystem, const std::string& device) {
        station_.event(subsystem, device);
      });
  station_.start();
}

void Service::finish(std::function<void()> done) {
  done_ = std::move(done);
  // What is read from here on would be published anew by those that have taken their leave.
  for (const Named& one : outlets_) station_.removeObserver(*one.outlet);
  farewell_ = context_.loop.after(kFarewell, [this] { finishFrom(outlets_.size()); });
  finishFrom(0);
}

void Service::finishFrom(std::size_t index) {
  if (index < outlets_.size()) {
    return outlets_[index].outlet->finish([this, index] {
      context_.loop.post([this, index] { finishFrom(index + 1); });
    });
  }
  farewell_.cancel();
  if (auto done = std::exchange(done_, {})) done();
}

}  // namespace lucarne::sensors
