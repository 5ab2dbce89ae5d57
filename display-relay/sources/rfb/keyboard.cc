// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/keyboard.h"

#include <utility>

#include "display-relay/sources/qnum.h"

namespace lucarne::relay::rfb {

namespace {

constexpr xkb_keycode_t kXkbOffset = 8;  // X keycodes are evdev codes plus 8

}  // namespace

Keyboard::Keyboard(base::Log log)
    : log_(std::move(log)), context_(xkb_context_new(XKB_CONTEXT_NO_FLAGS)) {
  if (context_) {
    xkb_context_set_log_level(context_.get(), XKB_LOG_LEVEL_CRITICAL);
    keymap_.reset(xkb_keymap_new_from_names(context_.get(), nullptr, XKB_KEYMAP_COMPILE_NO_FLAGS));
  }
  if (keymap_) state_.reset(xkb_state_new(keymap_.get()));
  if (!state_) {
    log_.warning("no keyboard layouts on this machine (package xkb-data or xkeyboard-config): keys "
                 "reach only guests that take scan codes");
  }
}

void Keyboard::setLeds(surface::Leds leds) {
  if (!state_) return;
  constexpr std::pair<unsigned, const char*> kLocks[] = {
      {0, XKB_MOD_NAME_NUM}, {1, XKB_MOD_NAME_CAPS}, {2, "ScrollLock"}};
  xkb_mod_mask_t locked = xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LOCKED);
  const xkb_mod_mask_t before = locked;
  for (const auto& [bit, name] : kLocks) {
    const xkb_mod_index_t index = xkb_keymap_mod_get_index(keymap_.get(), name);
    if (index == XKB_MOD_INVALID) continue;
    const xkb_mod_mask_t mask = xkb_mod_mask_t{1} << index;
    locked = leds >> bit & 1 ? locked | mask : locked & ~mask;
  }
  if (locked == before) return;
  xkb_state_update_mask(state_.get(),
                        xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_DEPRESSED),
                        xkb_state_serialize_mods(state_.get(), XKB_STATE_MODS_LATCHED), locked,
                        xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_DEPRESSED),
                        xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_LATCHED),
                        xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_LOCKED));
}

std::uint32_t Keyboard::keysymOf(std::uint16_t code) const {
  return state_ ? xkb_state_key_get_one_sym(state_.get(), code + kXkbOffset) : 0;
}

Keyboard::Held Keyboard::translate(std::uint16_t code) const {
  Held held{.keysym = keysymOf(code), .scancode = {}};
  if (mode_ == KeyMode::Scancodes) held.scancode = qnumOf(code);
  return held;
}

void Keyboard::follow(std::uint16_t code, surface::Transition transition) {
  if (!state_) return;
  xkb_state_update_key(state_.get(), code + kXkbOffset,
                       transition == surface::Transition::Pressed ? XKB_KEY_DOWN : XKB_KEY_UP);
}

void Keyboard::encode(const surface::Key& key, Outgoing& out) {
  const auto found = held_.find(key.code);
  if (key.transition == surface::Transition::Released) {
    if (found == held_.end()) {
      const Held stale = translate(key.code);
      if (stale.keysym != 0 || stale.scancode) send(stale, key.transition, out);
      return;
    }
    send(found->second, key.transition, out);
    held_.erase(found);
    follow(key.code, key.transition);
    return;
  }
  if (found != held_.end()) {  // a repeat
    send(found->second, key.transition, out);
    return;
  }
  const Held held = translate(key.code);
  if (held.keysym == 0 && !held.scancode) return;  // nothing that the server could be told
  send(held, key.transition, out);
  held_.emplace(key.code, held);
  follow(key.code, key.transition);
}

void Keyboard::send(const Held& held, surface::Transition transition, Outgoing& out) {
  if (held.scancode) {
    encodeQemuKeyEvent(out, transition, held.keysym, *held.scancode);
  } else {
    encodeKeyEvent(out, transition, held.keysym);
  }
}

void Keyboard::lift(Outgoing& out) {
  for (const auto& [code, held] : held_) {
    send(held, surface::Transition::Released, out);
    follow(code, surface::Transition::Released);
  }
  held_.clear();
}

void Keyboard::forget() {
  held_.clear();
  mode_ = KeyMode::Symbols;
  if (keymap_) state_.reset(xkb_state_new(keymap_.get()));
}

}  // namespace lucarne::relay::rfb
