// SPDX-License-Identifier: Apache-2.0
// What lucarne-input is told to do: a TOML file (docs/man/lucarne-input.1.scd) and the command line.
//
// Mistakes are UsageErrors with the place: "input.toml:12:8: rotation = 45: expected 0, 90, 180 or
// 270". Unknown names are mistakes too, since a misspelt setting would be silently without effect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "input-broker/devices/calibration.h"
#include "input-broker/devices/description.h"
#include "input-broker/devices/evdev_device.h"
#include "surface/rotation.h"
#include "xenstore/permissions.h"

namespace lucarne::input {

/// [[device]]: for devices that match all that is given; the last that matches counts.
struct DeviceRule {
  std::string name;           ///< with * and ?; empty: any
  std::optional<Kind> kind;
  std::optional<bool> use;
  std::optional<Grab> grab;
  std::optional<Calibration> calibration;
};

enum class ActionKind { None, Rotate, NextGuest, PreviousGuest, Screenshot, Keyboard, Run };

/// [[button]]: a key with a name in XenStore, and what it does.
struct ButtonRule {
  std::uint16_t code = 0;
  std::string name;  ///< "home": node buttons/home
  ActionKind action = ActionKind::None;
  std::string command;  ///< for Run and Keyboard; given to /bin/sh
  int signal = 0;       ///< for Keyboard: what a running one is sent; 0: SIGTERM
  bool pass = true;     ///< false: kept from links and the kiosk
};

/// [[outlet]], or --outlet on the command line.
struct OutletRule {
  std::string to;  ///< "xenstore:", "link+serial:/dev/hvc1"
  Kinds kinds = Kinds::all();
  // xenstore: only
  std::string base = "data/lucarne/input";
  int writesPerSecond = 200;
  std::vector<xenstore::DomainId> readers;
  std::map<std::string, std::vector<xenstore::DomainId>> grants;  ///< by path below the base
  std::set<std::uint16_t> keys;  ///< the keys whose state may be published; none by default
  // link+ only
  bool leds = true;  ///< the other end may switch lights
};

struct Config {
  std::vector<std::string> seats{"seat0"};
  surface::Size panel{1280, 800};  ///< as its hardware counts, before rotation
  surface::Rotation rotation = surface::Rotation::Deg0;
  std::vector<DeviceRule> devices;
  std::vector<ButtonRule> buttons;
  std::vector<OutletRule> outlets;

  const ButtonRule* button(std::uint16_t code) const;
};

/// The buttons that have names without being configured: power, volume-up, home, prog1 …
std::vector<ButtonRule> usualButtons();

/// Reads a file; throws UsageError with place and expectation, SetupError when it cannot be read.
Config readConfig(const std::string& path);
/// The same from text; `name` is what errors call it.
Config parseConfig(std::string_view text, const std::string& name);

/// Whether a device's name matches a pattern with * and ?.
bool matches(std::string_view pattern, std::string_view name);

}  // namespace lucarne::input
