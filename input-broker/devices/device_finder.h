// SPDX-License-Identifier: Apache-2.0
// Which input devices there are: libinput over udev, with hot-plug and seats.
//
// libinput decides what is an input device, to which seat it belongs and what its calibration is.
// It reads touchpads, whose movements it makes sense of. Every other device is switched off in
// libinput and read by the broker itself (EvdevDevice), since links carry the device's own events
// and no two readers can share a device that is grabbed (docs/decisions/input-events.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "input-broker/devices/calibration.h"
#include "input-broker/devices/description.h"

struct libinput;
struct libinput_device;
struct libinput_event;
struct udev;

namespace lucarne::input {

/// What is known of a device before it is opened.
struct FoundDevice {
  std::string node;
  std::string name;
  std::string seat;
  bool touchpad = false;
  Calibration calibration;  ///< udev's LIBINPUT_CALIBRATION_MATRIX, or none
};

class DeviceFinder {
 public:
  struct Callbacks {
    std::function<void(const FoundDevice&)> onFound;
    std::function<void(const std::string& node)> onGone;
    /// A touchpad's movement as a mouse would report it.
    std::function<void(const std::string& node, const RawFrame&)> onTouchpad;
  };

  /// Throws SetupError when udev or libinput cannot be had. `seats` are watched, each on its own.
  DeviceFinder(const base::Context& context, const std::vector<std::string>& seats,
               Callbacks callbacks);
  ~DeviceFinder();

  /// Tells of the devices that are there, from inside this call, and then of changes, from the loop.
  void start();

 private:
  struct Seat;
  void dispatch(Seat& seat);
  void onEvent(Seat& seat, libinput_event* event);
  void onAdded(Seat& seat, libinput_device* device);
  void onTouchpad(libinput_event* event, libinput_device* device);

  base::Context context_;
  base::Log log_;
  Callbacks callbacks_;
  std::vector<std::unique_ptr<Seat>> seats_;
};

/// The mouse that a touchpad is for those who receive its movements.
Description touchpadAsMouse(const std::string& name, std::uint16_t vendor, std::uint16_t product);

}  // namespace lucarne::input
