// SPDX-License-Identifier: Apache-2.0
// Keys on their way to an RFB server: the place on the keyboard where the server takes that
// (QEMU Extended Key Event), and the symbol that our layout gives it, which is all that other
// servers take.
#pragma once

#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <map>
#include <optional>

#include "base/c_handle.h"
#include "base/log.h"
#include "display-relay/sources/rfb/client_messages.h"
#include "surface/screen.h"

namespace lucarne::relay::rfb {

enum class KeyMode { Symbols, Scancodes };

class Keyboard {
 public:
  /// Compiles the layout that XKB_DEFAULT_LAYOUT and its companions name ("us" where they are not
  /// set). Without keyboard data on this machine, symbols are not known: it says so once, and keys
  /// reach only servers that take scan codes.
  explicit Keyboard(base::Log log);

  /// What the server takes; Symbols until told otherwise.
  void setMode(KeyMode mode) { mode_ = mode; }
  /// The guest's lock lights: symbols follow them.
  void setLeds(surface::Leds leds);

  /// Translates and remembers. A release of what was not pressed here is passed on as it would be
  /// pressed now: a connection before this one may have pressed it and been cut off.
  void encode(const surface::Key& key, Outgoing& out);
  /// Releases everything that is held.
  void lift(Outgoing& out);
  /// The connection is gone, and with it everything that was held.
  void forget();

 private:
  struct Held {
    std::uint32_t keysym = 0;
    std::optional<std::uint8_t> scancode;  // as it was pressed, so it is released
  };

  std::uint32_t keysymOf(std::uint16_t code) const;
  Held translate(std::uint16_t code) const;
  void follow(std::uint16_t code, surface::Transition transition);
  void send(const Held& held, surface::Transition transition, Outgoing& out);

  base::Log log_;
  base::CHandle<xkb_context, xkb_context_unref> context_;
  base::CHandle<xkb_keymap, xkb_keymap_unref> keymap_;
  base::CHandle<xkb_state, xkb_state_unref> state_;
  KeyMode mode_ = KeyMode::Symbols;
  std::map<std::uint16_t, Held> held_;
};

}  // namespace lucarne::relay::rfb
