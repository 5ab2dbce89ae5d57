// SPDX-License-Identifier: Apache-2.0
// Finds the devices, has them read in good time, and knows what every sensor says now.
//
// Devices are looked for in the folders of the probe rows under one sysfs root, which is a parameter:
// a tree of plain files serves as well. The kernel's events (`event`) are acted on at once; between
// them every device is read at its own rate, which falls to the slow end of its row's cadence while
// nothing moves. One order per device is out at any time, so a device that hangs costs one reader
// thread and reads Unknown after kHungAfter; no other device waits behind it for longer than
// kOvertakeAfter.
//
// For every kind there is a sensor "KIND/summary" from the beginning: Unknown with the row's
// `missing` while no device is there. A device that goes away stays, Unknown with "the device is
// gone" (kMaxGone of them).
//
// Everything on the loop's thread. Driven by `tick`, which a timer of the loop calls at `deadline`;
// tests with a ManualClock call it themselves.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "sensors/probe.h"
#include "sensors/reader.h"

namespace lucarne::sensors {

class StationObserver {
 public:
  virtual ~StationObserver() = default;
  /// A sensor was read, or became unknown. `news[i]`: its field i differs from what was news last.
  virtual void onReading(const Sensor& /*sensor*/, const std::vector<bool>& /*news*/) {}
  /// It will not be heard of again; `sensor` is valid during the call.
  virtual void onForgotten(const Sensor& /*sensor*/) {}
};

struct StationOptions {
  std::string sysfs = "/sys";
  std::vector<std::string> without;  ///< kinds that are not looked for
  /// Not zero: every device is read this often, whatever its row says.
  base::Duration fixedPeriod{};
};

class Station {
 public:
  /// A device that has not answered for so long reads Unknown.
  static constexpr base::Duration kHungAfter = std::chrono::seconds(2);
  /// Another thread takes over the queue from a read that takes longer: a tenth of the 100 ms in
  /// which a plugged-in mains adapter has to be everywhere, since it may wait behind a battery.
  static constexpr base::Duration kOvertakeAfter = std::chrono::milliseconds(10);
  /// Folders are listed again this often, for kernels and trees that send no events.
  static constexpr base::Duration kScanInterval = std::chrono::seconds(20);
  /// ACPI's battery driver answers from a cache for one second after an event (cache_time of
  /// drivers/acpi/battery.c), so each event is followed by another read.
  static constexpr base::Duration kSecondLook = std::chrono::milliseconds(1100);
  static constexpr std::size_t kMaxDevices = 128;
  static constexpr std::size_t kMaxGone = 32;

  /// The reader outlives the station; the loop does not run any more once the station is gone.
  Station(const base::Context& context, Reader& reader, StationOptions options);
  ~Station();

  /// Starts to look for devices.
  void start();
  /// The kernel says that something happened to a device of this udev subsystem. All of them are
  /// read, since one event often stands for several changes: those with few files first, and among
  /// equals the one that was named.
  void event(std::string_view subsystem, std::string_view device = {});
  /// Does what is due at the clock's now.
  void tick();
  base::TimePoint deadline() const;

  /// By key ("battery/BAT0"); references are valid until the sensor is forgotten.
  const std::map<std::string, Sensor>& sensors() const { return sensors_; }
  /// "KIND/summary"; nullptr for a kind that is not looked for.
  const Sensor* summary(std::string_view kind) const;
  /// Paths of the devices of a kind that are there now.
  std::vector<std::string> paths(std::string_view kind) const;

  /// While frozen the kind's summary keeps its values: the lock of the screen's rotation.
  void freeze(std::string_view kind, bool frozen);
  bool frozen(std::string_view kind) const;

  /// Both outlive the registration. Not from inside an observer's call.
  void addObserver(StationObserver& observer);
  void removeObserver(StationObserver& observer);

  /// The first listing of every folder and the first reading of every device found have been
  /// answered or given up.
  bool settled() const;

 private:
  struct Order;
  struct Folder;
  struct Entry;
  struct Device;

  void scan(Folder& folder);
  void onListed(Folder& folder, const Attributes& listing);
  void identify(Entry& entry);
  void onIdentified(Entry& entry, const Attributes& identity);
  void poll(Device& device);
  void onRead(Device& device, const Attributes& read);
  void lose(Entry& entry);
  void watchOrder(Order& order, const std::function<void(std::string)>& onHung);
  /// Tells the observers; true when something was news.
  bool update(Sensor& sensor, std::vector<Value> values);
  void summarise(const ProbeRow& row);
  void forgetOldest();
  void arm();

  const base::Context& context_;
  base::Log log_;
  Reader& reader_;
  StationOptions options_;
  std::vector<std::unique_ptr<Folder>> folders_;
  std::map<std::string, Sensor> sensors_;
  std::map<std::string, std::vector<Value>> told_;  // last news per sensor
  std::vector<std::string> gone_;                   // keys, oldest first
  std::vector<std::string> frozen_;
  std::vector<StationObserver*> observers_;
  std::size_t devices_ = 0;
  base::Timer timer_;
};

}  // namespace lucarne::sensors
