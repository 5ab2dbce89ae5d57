// SPDX-License-Identifier: Apache-2.0
// The broker: devices come and go, what they report goes to every outlet.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "input-broker/devices/device_finder.h"
#include "input-broker/devices/evdev_device.h"
#include "input-broker/devices/interpreter.h"
#include "input-broker/messages.h"
#include "input-broker/outlet.h"
#include "input-broker/toggled_program.h"

namespace lucarne::input {

class InputBroker final : public Broker {
 public:
  /// Throws UsageError for outlets that are malformed, SetupError when udev cannot be had.
  InputBroker(Config config, const base::Context& context);
  ~InputBroker() override;

  /// Adds one that is not in the configuration; before `start`.
  void addOutlet(std::unique_ptr<Outlet> outlet);
  /// Finds the devices that are there; the rest happens in the loop.
  void start();
  /// Lifts everything at every outlet and lets them end; calls `done` from the loop, at the latest
  /// after kFinishTime.
  void finish(std::function<void()> done);
  static constexpr base::Duration kFinishTime = std::chrono::milliseconds(500);

  const Config& config() const override { return config_; }
  std::vector<const Device*> devices() const override;
  const DeviceState& stateOf(const Device& device) const override;
  const SeatState& seat(std::string_view name) const override;
  void setLeds(int device, std::uint16_t lights) override;
  void setRotation(surface::Rotation rotation) override;

  /// Devices that were found and are not used, with the reason.
  const std::vector<std::string>& refusals() const { return refusals_; }
  std::uint64_t frames() const { return frames_; }
  /// One JSON object: what went where, since the start.
  std::string stats() const;

 private:
  struct Used;

  void onFound(const FoundDevice& found);
  void onGone(const std::string& node);
  void onFrame(Used& used, const RawFrame& frame);
  void tellEvents(Used& used, const std::vector<Event>& events, base::TimePoint time);
  void lift(Used& used);
  void tellRead();
  void act(const KeyChanged& key);
  void runOnce(const ButtonRule& rule);
  bool keepsBack(const RawEvent& event) const;
  int freeId() const;
  std::unique_ptr<Used> make(const FoundDevice& found, std::unique_ptr<EvdevDevice> evdev,
                             Calibration calibration);
  void refuse(const std::string& why);

  Config config_;
  base::Context context_;
  base::Log log_;
  base::LimitedLog limitedLog_;
  std::map<std::string, SeatState> seats_;
  std::vector<std::unique_ptr<Outlet>> outlets_;
  std::map<std::string, ToggledProgram> toggled_;  // by command: two buttons may switch one program
  std::map<int, std::unique_ptr<Used>> used_;  // by the device's id
  std::vector<std::string> refusals_;
  DeviceFinder finder_;
  std::uint64_t frames_ = 0;
  std::uint64_t overruns_ = 0;  // a device's events that the kernel dropped
  RawFrame passed_;
  base::Timer finishTimer_;
  std::function<void()> onFinished_;
  std::size_t unfinished_ = 0;
};

}  // namespace lucarne::input
