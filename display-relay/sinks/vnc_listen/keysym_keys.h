// SPDX-License-Identifier: Apache-2.0
// A viewer's keys as places on a keyboard, for viewers that send symbols only.
//
// A symbol is looked up in the layout that XKB_DEFAULT_LAYOUT and its companions name ("us" where
// they are not set), which should be the guest's. Where it stands on another level than the Shift
// and AltGr keys that are held select, those are pressed or lifted around it.
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/c_handle.h"
#include "surface/input_event.h"

namespace lucarne::relay::vnc_listen {

/// Where each symbol is. Compiled once, for all viewers.
class KeysymPlaces {
 public:
  struct Place {
    std::uint16_t code = 0;
    bool shift = false;
    bool altGr = false;
  };

  /// Without keyboard data on this machine nothing is known: isKnown() is false.
  KeysymPlaces();
  bool isKnown() const { return !places_.empty(); }
  const Place* find(std::uint32_t keysym) const;

 private:
  void collect(xkb_keymap* keymap, xkb_keycode_t key);

  std::map<std::uint32_t, Place> places_;
};

/// One viewer's keys.
class KeysymKeys {
 public:
  /// `places` outlives it.
  explicit KeysymKeys(const KeysymPlaces& places) : places_(places) {}

  /// What the viewer's key does, as events for the guest; empty for a symbol that the layout does not
  /// have, and for a release of what was not pressed.
  std::vector<surface::InputEvent> translate(std::uint32_t keysym, surface::Transition transition);

 private:
  bool isHeld(std::uint16_t code) const;

  const KeysymPlaces& places_;
  /// Symbol as it was pressed, and its key. Bounded by the symbols that there are.
  std::map<std::uint32_t, std::uint16_t> held_;
};

}  // namespace lucarne::relay::vnc_listen
