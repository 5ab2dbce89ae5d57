// SPDX-License-Identifier: Apache-2.0
#include "input-broker/events.h"

#include <libevdev/libevdev.h>

#include <fmt/format.h>

namespace lucarne::input {

namespace {

std::string nameOf(unsigned type, std::uint16_t code) {
  const char* name = libevdev_event_code_get_name(type, code);
  return name ? name : fmt::format("{:#x}", code);
}

}  // namespace

std::string nameOfKey(std::uint16_t code) { return nameOf(EV_KEY, code); }
std::string nameOfSwitch(std::uint16_t code) { return nameOf(EV_SW, code); }

}  // namespace lucarne::input
