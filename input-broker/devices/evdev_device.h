// SPDX-License-Identifier: Apache-2.0
// One evdev node: whole frames out of it, lights into it.
//
// The kernel drops events when nobody reads for long (SYN_DROPPED); libevdev then tells what is
// different, so that the frames always lead to the device's true state.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "input-broker/devices/description.h"

struct input_event;
struct libevdev;

namespace lucarne::input {

enum class Grab { Shared, Exclusive };

class EvdevDevice {
 public:
  struct Callbacks {
    /// A frame; `frame` is borrowed for the call.
    std::function<void(const RawFrame& frame)> onFrame;
    /// Nothing more has come for now.
    std::function<void()> onRead;
    /// The kernel had no room for more and dropped what had not been read; what follows leads to
    /// where the device is now, without what happened in between.
    std::function<void()> onOverrun;
    /// The device is gone; `words` say why unless it was simply unplugged. Nothing follows.
    std::function<void(const std::string& words)> onGone;
  };

  /// Opens /dev/input/eventN, which takes nothing from anybody. Fails with words when it cannot.
  static base::Result<std::unique_ptr<EvdevDevice>> open(const std::string& node);
  ~EvdevDevice();
  EvdevDevice(const EvdevDevice&) = delete;
  EvdevDevice& operator=(const EvdevDevice&) = delete;

  /// Takes it exclusively, as long as this lives; false when another program has it so.
  bool grab();

  const Description& description() const { return description_; }
  /// What is held and where the axes are at this moment, as one frame from nothing.
  std::vector<RawEvent> present() const;

  /// Starts to deliver, from the loop. The callbacks must not destroy the device, except onGone.
  void start(base::Loop& loop, Callbacks callbacks);

  /// Switches the device's lights: bits as in EV_LED.
  void setLeds(std::uint16_t leds);

 private:
  EvdevDevice() = default;
  void onReadable();
  int readEvents();
  int catchUp();
  void take(const input_event& event);

  base::UniqueFd fd_;
  struct Freed {
    void operator()(libevdev* device) const;
  };
  std::unique_ptr<libevdev, Freed> device_;
  Description description_;
  Callbacks callbacks_;
  base::Watch watch_;
  RawFrame frame_;
};

}  // namespace lucarne::input
