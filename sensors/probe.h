// SPDX-License-Identifier: Apache-2.0
// A probe turns the files of one sysfs device into values. One file per kind in sensors/probes/.
//
// A probe does no I/O: it says which files it wants, somebody reads them on another thread, and
// `interpret` gets the texts on the loop's thread. That keeps every probe a pure parser (fuzzed and
// tested without a kernel), and a driver that hangs hangs nobody else.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sensors/attributes.h"
#include "sensors/field.h"

namespace lucarne::sensors {

/// How often a device is read: at `fastest` while its values move, falling to `slowest` at rest.
struct Cadence {
  base::Duration fastest;
  base::Duration slowest;
};

struct ProbeRow;

/// What is known now about one device, or about all devices of a kind (id "summary").
struct Sensor {
  const ProbeRow* row = nullptr;
  std::string id;     ///< "BAT0": letters, digits, '-', '_'
  std::string label;  ///< for people: "LGC LNV-45N1 battery"
  std::vector<Value> values;  ///< parallel to row->fields

  std::string key() const;  ///< "battery/BAT0"
  /// Every different reason among its unknown values, joined by "; ". Empty when all is well.
  std::string reasons() const;
  /// Some value is known.
  bool known() const;
  const Value& value(std::string_view field) const;  ///< Absent when there is no such field
};

/// The id under which the values of a whole kind are found, always there.
inline constexpr const char* kSummary = "summary";

class Probe {
 public:
  virtual ~Probe() = default;

  /// Read at every poll; constant over the probe's life.
  virtual const std::vector<std::string>& files() const = 0;
  /// Parallel to the row's fields. Never fails: what cannot be told is Unknown.
  virtual std::vector<Value> interpret(const Attributes& read, base::TimePoint now) = 0;
  /// For people; made when the probe was.
  virtual const std::string& label() const = 0;
  /// A device that samples slowly must not be read more often than it samples.
  virtual base::Duration fastest() const { return base::Duration::zero(); }
  /// Something is under way that the next reading decides: read at `fastest`.
  virtual bool restless() const { return false; }
  /// Counts in its kind's summary; a wireless mouse's battery does not.
  virtual bool inSummary() const { return true; }
};

/// One row of the registry.
struct ProbeRow {
  const char* kind;       ///< "battery"
  const char* summary;    ///< one line for --help
  const char* folder;     ///< under the sysfs root: "class/power_supply"
  const char* subsystem;  ///< udev's: "power_supply"
  const char* missing;    ///< the reason while no device is there: "no battery found"
  std::span<const char* const> identity;  ///< files read once, before `create`
  std::span<const Field> fields;
  Cadence cadence;
  /// A probe for this device; nullptr when it is of another kind.
  std::unique_ptr<Probe> (*create)(const Attributes& identity);
  /// One reading for all devices of the kind that count; never called without any.
  std::vector<Value> (*summarise)(std::span<const Sensor* const> devices);
};

/// Every probe that was built in.
std::span<const ProbeRow* const> probeRows();

/// Number of a field in a row's fields; -1 when there is none.
int fieldIndex(const ProbeRow& row, std::string_view name);

/// As many Unknowns as the row has fields, all for the same reason; fields that were absent in
/// `before` stay absent.
std::vector<Value> allUnknown(const ProbeRow& row, const std::string& reason,
                              const std::vector<Value>& before = {});

/// The first device's values: the summary of kinds of which a tablet has one.
std::vector<Value> firstKnown(std::span<const Sensor* const> devices);

}  // namespace lucarne::sensors
