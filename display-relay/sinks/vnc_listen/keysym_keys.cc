// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/keysym_keys.h"

#include <linux/input-event-codes.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include <algorithm>
#include <utility>

namespace lucarne::relay::vnc_listen {

namespace {

using surface::InputEvent;
using surface::Key;
using surface::Transition;

constexpr xkb_keycode_t kXkbOffset = 8;  // X keycodes are evdev codes plus 8

// Symbols that viewers send for keys whose symbol depends on the layout's options.
constexpr std::pair<std::uint32_t, std::uint16_t> kFixed[] = {
    {XKB_KEY_Shift_L, KEY_LEFTSHIFT},    {XKB_KEY_Shift_R, KEY_RIGHTSHIFT},
    {XKB_KEY_Control_L, KEY_LEFTCTRL},   {XKB_KEY_Control_R, KEY_RIGHTCTRL},
    {XKB_KEY_Alt_L, KEY_LEFTALT},        {XKB_KEY_Alt_R, KEY_RIGHTALT},
    {XKB_KEY_Meta_L, KEY_LEFTALT},       {XKB_KEY_Meta_R, KEY_RIGHTALT},
    {XKB_KEY_Super_L, KEY_LEFTMETA},     {XKB_KEY_Super_R, KEY_RIGHTMETA},
    {XKB_KEY_Hyper_L, KEY_LEFTMETA},     {XKB_KEY_ISO_Level3_Shift, KEY_RIGHTALT},
    {XKB_KEY_Mode_switch, KEY_RIGHTALT}, {XKB_KEY_ISO_Left_Tab, KEY_TAB},
    {XKB_KEY_Caps_Lock, KEY_CAPSLOCK},   {XKB_KEY_Num_Lock, KEY_NUMLOCK},
};

}  // namespace

KeysymPlaces::KeysymPlaces() {
  const base::CHandle<xkb_context, xkb_context_unref> context(
      xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (!context) return;
  xkb_context_set_log_level(context.get(), XKB_LOG_LEVEL_CRITICAL);
  const base::CHandle<xkb_keymap, xkb_keymap_unref> keymap(
      xkb_keymap_new_from_names(context.get(), nullptr, XKB_KEYMAP_COMPILE_NO_FLAGS));
  if (!keymap) return;
  for (const auto& [keysym, code] : kFixed) places_[keysym] = {code, false, false};
  const xkb_keycode_t last = std::min<xkb_keycode_t>(xkb_keymap_max_keycode(keymap.get()),
                                                     surface::kMaxEvdevCode + kXkbOffset);
  for (xkb_keycode_t key = kXkbOffset + 1; key <= last; ++key) collect(keymap.get(), key);
}

// Levels of the first layout: plain, Shift, AltGr, both. The first place of a symbol counts.
void KeysymPlaces::collect(xkb_keymap* keymap, xkb_keycode_t key) {
  constexpr xkb_level_index_t kLevels = 4;
  const xkb_level_index_t levels = std::min(xkb_keymap_num_levels_for_key(keymap, key, 0), kLevels);
  for (xkb_level_index_t level = 0; level < levels; ++level) {
    const xkb_keysym_t* symbols = nullptr;
    const int count = xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, &symbols);
    for (int i = 0; i < count; ++i) {
      const Place place{static_cast<std::uint16_t>(key - kXkbOffset), (level & 1) != 0,
                        (level & 2) != 0};
      const auto [found, fresh] = places_.emplace(symbols[i], place);
      const bool simpler = level == 0 && (found->second.shift || found->second.altGr);
      if (!fresh && simpler) found->second = place;
    }
  }
}

const KeysymPlaces::Place* KeysymPlaces::find(std::uint32_t keysym) const {
  const auto found = places_.find(keysym);
  return found == places_.end() ? nullptr : &found->second;
}

bool KeysymKeys::isHeld(std::uint16_t code) const {
  return std::any_of(held_.begin(), held_.end(),
                     [code](const auto& each) { return each.second == code; });
}

std::vector<InputEvent> KeysymKeys::translate(std::uint32_t keysym, Transition transition) {
  if (transition == Transition::Released) {
    const auto found = held_.find(keysym);
    if (found == held_.end()) return {};
    const std::uint16_t code = found->second;
    held_.erase(found);
    if (isHeld(code)) return {};  // under another symbol: 'a' pressed, Shift, 'A' released
    return {Key{code, Transition::Released}};
  }
  const KeysymPlaces::Place* found = places_.find(keysym);
  if (!found) return {};
  const KeysymPlaces::Place& place = *found;
  std::vector<InputEvent> before, after;
  const auto require = [&](std::initializer_list<std::uint16_t> codes, bool wanted) {
    const auto held = std::find_if(codes.begin(), codes.end(),
                                   [this](std::uint16_t code) { return isHeld(code); });
    if ((held != codes.end()) == wanted) return;
    const std::uint16_t code = wanted ? *codes.begin() : *held;
    before.push_back(Key{code, wanted ? Transition::Pressed : Transition::Released});
    after.push_back(Key{code, wanted ? Transition::Released : Transition::Pressed});
  };
  const bool printable = (keysym >= 0x20 && keysym <= 0xff) || keysym >= 0x01000000;
  if (printable) {  // what the symbol is depends on them; Tab is Tab with every one of them
    require({KEY_LEFTSHIFT, KEY_RIGHTSHIFT}, place.shift);
    require({KEY_RIGHTALT}, place.altGr);
  }
  held_[keysym] = place.code;
  before.push_back(Key{place.code, Transition::Pressed});
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

}  // namespace lucarne::relay::vnc_listen
