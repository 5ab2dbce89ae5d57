// SPDX-License-Identifier: Apache-2.0
// What is known in advance about one quantity of a kind of sensor: its name, its unit, how much of a
// change is news, and how the world outside calls it. Outlets need nothing else, so a new probe
// brings its fields and every outlet can publish them.
#pragma once

#include <string>

#include "sensors/value.h"

namespace lucarne::sensors {

enum class FieldKind { Number, Flag, Word };

/// How Prometheus sees a number or flag: `lucarne_sensors_KIND_SUFFIX`, in base units.
struct MetricName {
  const char* suffix = nullptr;  ///< "charge_ratio"; nullptr: not exported
  double factor = 1;             ///< base unit = our unit × factor
  const char* help = nullptr;
};

/// What is kept of a field in the history.
enum class Keep { Nothing, History };

struct Field {
  const char* name;   ///< "percent": letters, digits, '_'; a path element and a JSON key
  FieldKind kind;
  const char* unit;   ///< "%", "lx", "s"; empty for flags, words and counts
  const char* label;  ///< for people: "Charge"
  double deadBand = 0;       ///< smaller changes than this are not news (same unit)
  double deadBandRatio = 0;  ///< nor are changes below this share of the last news
  double resolution = 0.01;  ///< values are written and kept as multiples of this
  Keep keep = Keep::Nothing;
  MetricName metric = {};
  const char* deviceClass = nullptr;  ///< Home Assistant's device_class, nullptr when it has none
};

/// Whether `now` differs enough from the `last` value that was told to others.
bool isNews(const Field& field, const Value& last, const Value& now);

/// A number as text with as many decimals as the field's resolution has, a flag as 1 or 0, a word as
/// it is, "unknown" without the reason; empty when absent.
std::string valueText(const Field& field, const Value& value);

/// A multiple of the resolution, so that "12.300000000000001" is never shown.
double rounded(const Field& field, double number);

}  // namespace lucarne::sensors
