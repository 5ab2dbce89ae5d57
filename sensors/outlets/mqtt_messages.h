// SPDX-License-Identifier: Apache-2.0
// What is said over MQTT (docs/sensors.md, MQTT).
//
//   PREFIX/DEVICE/status            "online", "offline" (the will); retained
//   PREFIX/DEVICE/sensor/KIND/ID    a sensor as JSON (state_json.h) with "time"; retained
//   PREFIX/DEVICE/history           a batch of the history, numbered; QoS 2, not retained
//   DISCOVERY/sensor/DEVICE/…       Home Assistant's discovery; retained
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sensors/outlets/history_store.h"
#include "sensors/settings.h"
#include "sensors/station.h"

namespace lucarne::sensors {

struct MqttNames {
  std::string device;  ///< "tablet7": letters, digits, '-', '_'
  std::string root;    ///< "lucarne/tablet7"
  std::string discovery;

  std::string status() const { return root + "/status"; }
  std::string history() const { return root + "/history"; }
  std::string sensor(const Sensor& sensor) const { return root + "/sensor/" + sensor.key(); }
};

/// The device's name is the host's when the settings have none.
MqttNames mqttNames(const MqttSettings& settings, const std::string& hostName);

std::string sensorMessage(const Sensor& sensor, WallMs now);

/// {"seq": 12, "series": {"battery/summary/percent": [[ms, 81.5], [ms, null]]}}
std::string batchMessage(const Batch& batch);

/// Topics and texts that make Home Assistant show the sensor's quantities.
std::vector<std::pair<std::string, std::string>> discoveryMessages(const MqttNames& names,
                                                                   const Sensor& sensor);

}  // namespace lucarne::sensors
