// SPDX-License-Identifier: Apache-2.0
// What an input device is: everything that another machine needs to make the same one with uinput.
#pragma once

#include <linux/input.h>

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace lucarne::input {

/// More fingers than any panel tells apart; a device that claims more is used for this many.
inline constexpr int kMaxSlots = 32;
/// A name as the kernel keeps it for uinput (UINPUT_MAX_NAME_SIZE) without its NUL.
inline constexpr std::size_t kMaxNameBytes = 79;

/// What a device can be, together: a keyboard with special buttons and a touchpad is three.
enum class Kind : std::uint16_t {
  Pointer = 1,      ///< moves relatively or absolutely and has buttons
  Keyboard = 2,     ///< has letters
  Touchscreen = 4,  ///< fingers on the panel itself
  Touchpad = 8,     ///< fingers beside the panel
  Tablet = 16,      ///< a pen
  Switch = 32,      ///< lid, tablet mode
  Buttons = 64,     ///< keys without letters: power, volume
};

class Kinds {
 public:
  Kinds() = default;
  Kinds(Kind kind) : bits_(static_cast<std::uint16_t>(kind)) {}
  static Kinds fromBits(std::uint16_t bits) {
    Kinds kinds;
    kinds.bits_ = bits & 0x7f;
    return kinds;
  }
  static Kinds all() { return fromBits(0x7f); }

  bool has(Kind kind) const { return (bits_ & static_cast<std::uint16_t>(kind)) != 0; }
  bool any(Kinds others) const { return (bits_ & others.bits_) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint16_t bits() const { return bits_; }
  Kinds& operator|=(Kinds other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend bool operator==(Kinds, Kinds) = default;

 private:
  std::uint16_t bits_ = 0;
};

/// "keyboard, buttons".
std::string wordsFor(Kinds kinds);
/// One word of those; throws UsageError, listing them.
Kind kindOf(std::string_view word);

/// As struct input_absinfo.
struct Axis {
  std::uint16_t code = 0;
  std::int32_t minimum = 0;
  std::int32_t maximum = 0;
  std::int32_t fuzz = 0;
  std::int32_t flat = 0;
  std::int32_t resolution = 0;
  friend bool operator==(const Axis&, const Axis&) = default;
};

struct Description {
  std::string name;
  std::uint16_t bus = 0;
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::uint16_t version = 0;
  std::bitset<INPUT_PROP_CNT> properties;
  std::bitset<KEY_CNT> keys;
  std::bitset<REL_CNT> relatives;
  std::bitset<SW_CNT> switches;
  std::bitset<LED_CNT> leds;
  std::bitset<MSC_CNT> misc;
  std::vector<Axis> axes;  ///< in rising order of their codes
  friend bool operator==(const Description&, const Description&) = default;

  const Axis* axis(std::uint16_t code) const;
  /// How many fingers it tells apart: 0 without ABS_MT_SLOT, at most kMaxSlots.
  int slots() const;
};

/// Judges by what it can report, as udev's input_id does.
Kinds kindsOf(const Description& description);

/// One thing of a moment: struct input_event without its time.
struct RawEvent {
  std::uint16_t type = 0;
  std::uint16_t code = 0;
  std::int32_t value = 0;
  friend bool operator==(const RawEvent&, const RawEvent&) = default;
};

/// What a device reported between two SYN_REPORTs, which is not among the events.
struct RawFrame {
  base::TimePoint time{};  ///< the kernel's, CLOCK_MONOTONIC
  std::vector<RawEvent> events;
};

}  // namespace lucarne::input
