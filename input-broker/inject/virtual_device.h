// SPDX-License-Identifier: Apache-2.0
// Devices that are made, not found: with uinput, or on paper.
//
// Who makes one hands over what another machine said; everything is checked here against what the
// device was allowed to have, and each event is built anew from known fields.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "input-broker/devices/description.h"
#include "input-broker/devices/device_state.h"

namespace lucarne::input {

/// Where events of one device go.
class DeviceSink {
 public:
  virtual ~DeviceSink() = default;
  /// One frame, without its SYN_REPORT. Never blocks; what the kernel refuses is lost.
  virtual void emit(const std::vector<RawEvent>& events) = 0;
  /// Whether somebody has opened the device: before that, events would be lost.
  virtual bool open() const = 0;
};

struct SinkCallbacks {
  std::function<void()> onOpened;                    ///< open() has become true
  std::function<void(std::uint16_t lights)> onLeds;  ///< somebody switched the lights
};

/// Makes sinks: uinput's (uinput_device.h), or printing ones for tests.
using MakeSink = std::function<base::Result<std::unique_ptr<DeviceSink>>(
    const Description& description, SinkCallbacks callbacks)>;

/// What of a device may exist here: kinds that are not allowed lose their keys and axes. Nothing is
/// left of a device of which nothing is allowed (kindsOf(result) is empty).
Description allowedPart(const Description& untrusted, Kinds allowed);

class VirtualDevice {
 public:
  /// Frames that wait for the device to be opened; then it is brought up to date by state.
  static constexpr std::size_t kMostWaiting = 512;

  /// `description` was reduced by allowedPart. Fails with words when the device cannot be made.
  static base::Result<std::unique_ptr<VirtualDevice>> create(
      const Description& description, const MakeSink& make,
      std::function<void(std::uint16_t lights)> onLeds);

  const Description& description() const { return description_; }

  /// Takes a frame of the other machine: events that the device does not have are dropped, values
  /// are brought into their range.
  void take(const std::vector<RawEvent>& untrusted);
  /// Lifts everything that is held, for good.
  void lift();
  /// The line says nothing: lifts what was emitted, and keeps in mind what is held at the origin.
  void pause();
  /// The line speaks again, and nothing was lost: what is still held there is held here again.
  void resume();
  /// Nobody has opened it for so long that nobody will wait: goes on by state.
  void stopWaiting();

  std::uint64_t dropped() const { return dropped_; }

 private:
  explicit VirtualDevice(const Description& description)
      : description_(description), wanted_(description), emitted_(description) {}
  bool rebuild(const RawEvent& untrusted, RawEvent& event) const;
  void onOpened();
  void emit(const std::vector<RawEvent>& events);

  Description description_;
  DeviceState wanted_;   // after everything that was taken
  DeviceState emitted_;  // after everything that was emitted
  std::unique_ptr<DeviceSink> sink_;
  std::vector<std::vector<RawEvent>> waiting_;
  bool behind_ = false;
  bool goes_ = false;  // frames go straight to the sink
  bool paused_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace lucarne::input
