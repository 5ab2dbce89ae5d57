// SPDX-License-Identifier: Apache-2.0
// Readings as JSON: the same shape in the API, on standard output and in MQTT states.
//
//   a value: {"value": 81.5, "unit": "%", "estimated": true} | {"unknown": "why"}; absent ones are
//   left out, "unit" and "estimated" are there only when there is something to say.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sensors/station.h"

namespace lucarne::sensors {

nlohmann::json valueJson(const Field& field, const Value& value);

/// {"kind": …, "label": …, "values": {"percent": {…}}}
nlohmann::json sensorJson(const Sensor& sensor);

/// By key.
nlohmann::json sensorsJson(const Station& station);

/// One line; bytes that are not UTF-8 are replaced, so it never fails.
std::string dumpLine(const nlohmann::json& json);

}  // namespace lucarne::sensors
